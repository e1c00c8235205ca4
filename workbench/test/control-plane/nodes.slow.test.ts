import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Exec, KubeConfig } from '@kubernetes/client-node';
import type { V1Status } from '@kubernetes/client-node';
import { signalProcess } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDeferred } from '../../src/control-plane/deferred.ts';
import { chooseExecSettings } from '../../src/control-plane/exec-programs.ts';
import { createLayout } from '../../src/control-plane/layout.ts';
import { readState } from '../../src/control-plane/state.ts';
import type { RunningStatus } from '../../src/control-plane/status.ts';
import { defaultRelease } from '../../src/release.ts';
import { noOtherUser } from './other-user.ts';
import { listSockets, listStateProcesses, readArguments } from './state-processes.ts';
import { askCluster, expectDead, listProcesses, readStatus, snoop, up } from './support.ts';

// The tests use one control plane, in this order. Programs that are not cached are built first, which takes minutes.

const buildMs = 900_000;
const wait = { timeout: 60_000, interval: 100 };
const liveTests = fileURLToPath(new URL('on-nodes.live.ts', import.meta.url));
const withoutNodes = fileURLToPath(new URL('without-nodes.live.ts', import.meta.url));
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'snoop-nodes-')));
const folder = join(parent, 'state');
const pods = '/api/v1/namespaces/default/pods';

beforeAll(() => up(folder, '--nodes', '2'), buildMs);

afterAll(async () => {
  await snoop(['down', '--purge'], folder);
  rmSync(parent, { recursive: true, force: true });
});

function listNames({ nodes }: RunningStatus): string[] | undefined {
  return nodes?.map(({ name, ready }) => `${name} ${ready ? 'is ready' : 'is not ready'}`);
}

async function createPod(name: string): Promise<void> {
  const containers = [{ name: 'main', image: 'example.org/none:1' }];
  const { status, body } = await askCluster(folder, 'POST', pods, { metadata: { name }, spec: { containers } });
  expect(status, body).toBe(201);
}

async function waitUntilRunning(name: string): Promise<void> {
  await vi.waitFor(async () => {
    const { body } = await askCluster(folder, 'GET', `${pods}/${name}`);
    expect(JSON.parse(body).status.phase).toBe('Running');
  }, wait);
}

/** Runs a command in a Pod; returns its output, and why it failed. */
async function execInPod(pod: string, command: readonly string[]): Promise<string> {
  const { status, output } = await startExec(pod, command);
  const { message = '' } = await status;
  return `${output()}${message}`;
}

async function startExec(
  pod: string,
  command: readonly string[],
): Promise<{ status: Promise<V1Status>; output: () => string }> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(join(folder, 'kubeconfig'));
  let text = '';
  const stream = new PassThrough().on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  const { promise, resolve } = createDeferred<V1Status>();
  await new Exec(kubeConfig).exec('default', pod, 'main', [...command], stream, stream, null, false, resolve);
  return { status: promise, output: () => text };
}

let sleeps = 0;

/** Starts a program in the Pod; returns whether it still runs. */
async function startSleep(): Promise<() => boolean> {
  const seconds = String(98_765 + sleeps++);
  await startExec('kept', ['/bin/sleep', seconds]);
  const runs = (): boolean =>
    readdirSync('/proc').some(
      (name) => /^\d+$/.test(name) && readArguments(Number(name)).join(' ') === `/bin/sleep ${seconds}`,
    );
  await vi.waitFor(() => expect(runs()).toBe(true), wait);
  return runs;
}

/** Sends an exec to kwok itself; returns all that the WebSocket received. */
async function execInKwok(url: string): Promise<string> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'v4.channel.k8s.io',
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers });
    sent.once('error', reject).once('upgrade', (_answer, socket, head) => {
      let text = head.toString('latin1');
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
      });
      socket.once('error', reject).once('close', () => resolve(text));
    });
    sent.once('response', ({ statusCode }) => reject(new Error(`kwok answered ${statusCode}`)));
    sent.end();
  });
}

test.each([
  [['--nodes', '101'], "--nodes takes a whole number from 0 to 100, not '101'."],
  [['--nodes', '1.5'], "--nodes takes a whole number from 0 to 100, not '1.5'."],
  [['--nodes-exec'], '--nodes-exec needs --nodes with at least 1.'],
  [['--nodes', '0', '--nodes-exec'], '--nodes-exec needs --nodes with at least 1.'],
  [['--nodes', '1', '--kind'], '--nodes'],
])('refuses %j', async (args, words) => {
  const { exitCode, stderr } = await snoop(['up', ...args], folder);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(2);
});

test.skipIf(noOtherUser)(`only root can allow exec (${noOtherUser ?? 'as root'})`, () => {
  process.seteuid?.(65_534);
  try {
    expect(() => chooseExecSettings()).toThrow('only root can run programs as the user nobody');
  } finally {
    process.seteuid?.(0);
  }
});

test('status shows the parts and the nodes; up says that exec is refused', async () => {
  const status = await readStatus(folder);
  expect(status).toMatchObject({
    scheduler: { running: true },
    kwok: { running: true, exec: null },
    controllerManager: { running: true },
  });
  expect(listNames(status)).toEqual(['snoop-node-1 is ready', 'snoop-node-2 is ready']);
  const { stdout } = await snoop(['status'], folder);
  expect(stdout).toMatch(/^kube-scheduler +runs/m);
  expect(stdout).toMatch(/^kwok +runs/m);
  expect(stdout).toContain('Simulated nodes: snoop-node-1, snoop-node-2\n');
  expect(stdout).toContain('Nodes refuse exec; --nodes-exec allows it.\n');
  const again = await up(folder);
  expect(again.stderr).toContain('runs already');
  expect(again.stderr).toContain('exec is refused (--nodes-exec allows it).');
});

test('Pods run, Deployments and Jobs progress, and Pods answer', async () => {
  const ended = await snoop(['test', liveTests, '--output', 'json'], folder);
  expect(ended.exitCode, ended.stderr).toBe(0);
  const { endpoints, warnings, complete } = JSON.parse(ended.stdout);
  expect(complete).toBe(true);
  const hits = endpoints.filter(({ hits: count }: { hits: number }) => count > 0);
  expect(hits.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual(
    expect.arrayContaining([
      'connectCoreV1GetNamespacedPodAttach',
      'connectCoreV1GetNamespacedPodPortforward',
      'createCoreV1NamespacedPodEviction',
      'readCoreV1NamespacedPodLog',
    ]),
  );
  expect(JSON.stringify(hits)).not.toContain('PodExec');
  expect(warnings).toEqual([
    "The exec endpoints cannot be hit here: exec is off. 'snoop up --nodes N --nodes-exec' turns it on; it then runs programs on this machine, as nobody.",
  ]);
});

test.skipIf(!existsSync('/proc/self/net/tcp'))('the parts listen only on loopback', async () => {
  const state = readState(createLayout(folder));
  const names = new Map(Object.entries(state?.ports ?? {}).map(([name, port]) => [String(port), name]));
  const sockets = listStateProcesses(folder)
    .filter(({ name }) => ['kube-scheduler', 'kwok', 'supervisor'].includes(name))
    .flatMap(({ pid, name }) => listSockets(pid).map((socket) => `${name} ${socket}`))
    .map((line) => line.replace(/\d+$/, (port) => names.get(port) ?? port));
  expect(sockets.sort()).toEqual([
    'kube-scheduler tcp 127.0.0.1:scheduler',
    'kwok tcp 127.0.0.1:kwok',
    'supervisor tcp 127.0.0.1:kubelet',
    'supervisor tcp 127.0.0.1:pods',
  ]);
});

test('nodes are added and removed without a new start; Pods of removed nodes are deleted', async () => {
  const before = listProcesses(folder);
  await up(folder, '--nodes', '4');
  expect(listNames(await readStatus(folder))).toEqual([1, 2, 3, 4].map((number) => `snoop-node-${number} is ready`));
  for (const number of [1, 2, 3, 4]) await createPod(`pod-${number}`);
  for (const number of [1, 2, 3, 4]) await waitUntilRunning(`pod-${number}`);
  await up(folder, '--nodes', '1');
  expect(listNames(await readStatus(folder))).toEqual(['snoop-node-1 is ready']);
  const { items } = JSON.parse((await askCluster(folder, 'GET', pods)).body);
  expect(items.filter(({ spec }: { spec: { nodeName: string } }) => spec.nodeName !== 'snoop-node-1')).toEqual([]);
  expect(listProcesses(folder)).toEqual(before);
});

test('nodes and Pods survive down and up', async () => {
  await createPod('kept');
  await waitUntilRunning('kept');
  const processes = listProcesses(folder);
  expect(processes).toHaveLength(9);
  await snoop(['down'], folder);
  expectDead(processes);
  await up(folder);
  expect(listNames(await readStatus(folder))).toEqual(['snoop-node-1 is ready']);
  await waitUntilRunning('kept');
});

test('kwok is restarted after kill -9', async () => {
  const { kwok } = await readStatus(folder);
  process.kill(kwok?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(
    async () => expect((await readStatus(folder)).kwok).toMatchObject({ restarts: 1, running: true }),
    wait,
  );
  await createPod('after-kill');
  await waitUntilRunning('after-kill');
});

test.skipIf(noOtherUser)(`exec runs programs as nobody (${noOtherUser ?? 'as root'})`, async () => {
  const { stderr } = await up(folder, '--nodes', '1', '--nodes-exec');
  const said =
    /exec in Pods runs programs on this machine, as nobody \(user \d+\), in the empty folder (\S+), with an empty PATH\./;
  const execFolder = said.exec(stderr)?.[1] ?? '';
  expect((await snoop(['status'], folder)).stdout).toMatch(said);
  expect((await readStatus(folder)).kwok?.exec).toEqual({ user: expect.any(Number), folder: execFolder });
  await waitUntilRunning('kept');

  expect(await execInPod('kept', ['/usr/bin/id', '-un'])).toBe('nobody\n');
  expect(await execInPod('kept', ['/bin/pwd'])).toBe(`${execFolder}\n`);
  expect(await execInPod('kept', ['/bin/ls', '-A'])).toBe('');
  expect(await execInPod('kept', ['/bin/sh', '-c', 'echo "[$PATH]"; echo x > file || true'])).toMatch(
    /^\[\]\n.*Permission denied/s,
  );
  expect(await execInPod('kept', ['id'])).toContain('executable file not found');
  const files = [createLayout(folder).kubeconfig, createLayout(folder).state];
  expect(await execInPod('kept', ['/bin/cat', ...files])).toMatch(/(Permission denied.*){2}/s);
});

test.skipIf(noOtherUser)(`other clients of kwok can run nothing (${noOtherUser ?? 'as root'})`, async () => {
  const { kwok } = await readStatus(folder);
  const answer = await execInKwok(`${kwok?.url}/exec/default/kept/main?command=/usr/bin/id&output=1`);
  expect(answer).toContain('no exec found for container');
  expect(answer).not.toContain('uid=');
});

test.skipIf(noOtherUser)(
  `programs of exec end with kwok, and with the control plane (${noOtherUser ?? 'as root'})`,
  async () => {
    const { kwok } = await readStatus(folder);
    const first = await startSleep();
    process.kill(kwok?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(first()).toBe(false), wait);
    await vi.waitFor(async () => expect((await readStatus(folder)).kwok?.restarts).toBe(1), wait);

    const second = await startSleep();
    const processes = listProcesses(folder);
    const [supervisor] = processes;
    // The supervisor is stopped first, as it would clean up after kwok. kwok is killed before the others, as it ends
    // programs that have lost their client.
    const { kwok: last } = readState(createLayout(folder))?.parts ?? {};
    if (supervisor) signalProcess(supervisor, 'SIGSTOP');
    if (last) signalProcess(last, 'SIGKILL');
    for (const killed of processes) signalProcess(killed, 'SIGKILL');
    expect(second()).toBe(true);
    await snoop(['down'], folder);
    expectDead(processes);
    expect(second()).toBe(false);
    expect(existsSync(kwok?.exec?.folder ?? '/')).toBe(false);
    const { stderr } = await up(folder);
    expect(stderr).toContain('exec in nodes is off now');
    expect((await readStatus(folder)).kwok?.exec).toBeNull();
  },
);

test('kill -9 of the supervisor leaves nothing behind', async () => {
  const processes = listProcesses(folder);
  expect(processes).toHaveLength(9);
  const [supervisor] = processes;
  if (supervisor) signalProcess(supervisor, 'SIGKILL');
  await snoop(['down'], folder);
  expectDead(processes);
  await up(folder);
  expect(listNames(await readStatus(folder))).toEqual(['snoop-node-1 is ready']);
});

test('--nodes 0 removes nodes and their parts; reports say that connect endpoints cannot be hit', async () => {
  await up(folder, '--nodes', '0');
  expect(await readStatus(folder)).toMatchObject({ nodes: [], scheduler: null, kwok: null });
  expect(listProcesses(folder)).toHaveLength(7);
  const lists = ['/api/v1/nodes', pods, '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'];
  for (const path of lists) expect(JSON.parse((await askCluster(folder, 'GET', path)).body).items).toEqual([]);
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  expect(JSON.parse((await askCluster(folder, 'GET', policies)).body).items).toEqual([]);

  const ended = await snoop(['test', withoutNodes, '--output', 'json'], folder);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(JSON.parse(ended.stdout).warnings).toEqual([
    "Without nodes, connect endpoints (exec, attach, portforward) cannot be hit here, since no Pod runs: 'snoop up --nodes N' adds simulated nodes.",
  ]);
});

test('a running control plane is not stopped for nodes whose programs cannot be had', async () => {
  const processes = listProcesses(folder);
  const env = { PATH: '/nowhere', XDG_CACHE_HOME: '/dev/null/cache' };
  const { exitCode, stderr } = await snoop(['up', '--nodes', '1'], folder, env);
  expect(stderr).toContain(`kube-scheduler ${defaultRelease} and no kwok 0.8.0 found`);
  expect(exitCode).toBe(3);
  expect(listProcesses(folder)).toEqual(processes);
});

test('--nodes on a stopped state without nodes adds them', async () => {
  await snoop(['down'], folder);
  await up(folder, '--nodes', '1');
  await createPod('again');
  await waitUntilRunning('again');
});
