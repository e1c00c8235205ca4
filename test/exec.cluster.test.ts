import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TestContext } from 'vitest';
import { findProgram } from './manifests/programs.ts';
import type { PrintedReport } from './support/report.ts';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { makeFolder, runSnoop, shareSnoop, startSnoop, waitForFile, writeLiveTest } from './support/snoop.ts';
import type { Ended, SnoopOptions } from './support/snoop.ts';
import { connect, sharedState } from './support/state.ts';

/** With programs from beside those of the control plane. */
const path = [process.env.PATH, process.env.KUBEBUILDER_ASSETS].filter(Boolean).join(delimiter);

function exec(args: readonly string[], { env, ...options }: SnoopOptions = {}): Promise<Ended> {
  const all = ['exec', '--state', sharedState(), '--output', 'json', ...args];
  return runSnoop(all, { ...options, env: { PATH: path, ...env } });
}

const callSnoop = shareSnoop();

/** The report is on stderr, after what else was printed there. */
function readReport({ stderr }: Ended): PrintedReport {
  const start = stderr.search(/^\{$/m);
  const report = parseReport({ exitCode: 0, stdout: stderr.slice(Math.max(start, 0)), stderr });
  expectAllRecorded(report);
  return report;
}

function needKubectl(context: TestContext): void {
  if (findProgram('kubectl') === null) context.skip('no kubectl on PATH: no real kubectl was recorded');
}

function needCurl(context: TestContext): void {
  if (findProgram('curl') === null) context.skip('no curl on PATH: no real curl was recorded');
}

const curl = 'curl --silent --show-error --fail --cacert "$SNOOP_PROXY_CA" --oauth2-bearer "$SNOOP_PROXY_TOKEN"';

/** Creates a namespace outside of the run's evidence. */
async function makeNamespace(): Promise<string> {
  const name = `exec-${Math.random().toString(36).slice(2, 8)}`;
  const kubectl = (...args: string[]): Promise<Ended> => exec(['--', 'kubectl', ...args]);
  expect((await kubectl('create', 'namespace', name)).exitCode).toBe(0);
  onTestFinished(async () => void (await kubectl('delete', 'namespace', name, '--wait=false')));
  return name;
}

describe('kubectl', () => {
  test('is recorded: what it sent, its agent, its bodies, and no argument', async (context) => {
    needKubectl(context);
    const namespace = await makeNamespace();
    const folder = await makeFolder();
    const manifest = join(folder, 'map.yaml');
    await writeFile(manifest, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: b}\n');
    const script = `
      kubectl apply -f ${manifest} && kubectl get configmap one -o name && kubectl label configmap one a=b
      kubectl get configmaps --watch --output-watch-events --request-timeout=2s -o name
      kubectl create configmap two --dry-run=server && kubectl delete configmap one --dry-run=server
      kubectl get configmap one -o name && kubectl delete configmap one --wait=true
      stat -c %a "$KUBECONFIG"; echo "$KUBECONFIG"`;
    const ended = await exec([
      '--name',
      'a life',
      '--',
      'sh',
      '-c',
      script.replaceAll('kubectl ', `kubectl -n ${namespace} `),
    ]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    const lines = ended.stdout.trim().split('\n');
    expect(lines).toContain('configmap/one');
    expect(lines.at(-2)).toBe('600');
    await expect(stat(lines.at(-1) ?? '')).rejects.toThrow('ENOENT');
    const report = readReport(ended);
    expect(report.tests).toMatchObject([{ name: 'a life', file: 'snoop exec -- sh', state: 'passed' }]);
    expect(hitsOf(report)).toMatchObject({
      createCoreV1NamespacedConfigMap: 1,
      patchCoreV1NamespacedConfigMap: 1,
      deleteCoreV1NamespacedConfigMap: 1,
    });
    expect(report.unsuccessful.filter(({ reason }) => reason === 'dry run')).toHaveLength(2);
    expect(report.clients.map(({ agent }) => agent)).toContainEqual(expect.stringMatching(/^kubectl\//));
    expect(report.clients.reduce((sum, { requests }) => sum + requests, 0)).toBe(report.evidence.sent);
    const database = await connect(sharedState());
    const { rows } = await database.query(
      `select run.command, count(distinct live.useragent)::integer as agents, min(live.useragent) as agent
         from testing.run
         join testing.run_request as request on request.run = run.id
         join testing.audit_event as live on live.audit_id = request.audit_id
        where run.id = $1 group by run.command`,
      [report.run.id],
    );
    expect(rows).toEqual([
      {
        command: `snoop exec --state ${sharedState()} --output json --name 'a life' -- sh`,
        agents: 1,
        agent: 'live-test-writing -- a life',
      },
    ]);
    const bodies = await database.query(
      `select count(*)::integer as bodies from testing.run_body where run = $1 and body ->> 'kind' = 'ConfigMap'`,
      [report.run.id],
    );
    expect(bodies.rows[0]).not.toEqual({ bodies: 0 });
  });

  test('a refused upgrade is recorded with its answer', async (context) => {
    needKubectl(context);
    const namespace = await makeNamespace();
    const folder = await makeFolder();
    const pod = join(folder, 'pod.yaml');
    // Without a scheduler it gets no node.
    await writeFile(
      pod,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {schedulerName: none, automountServiceAccountToken: false, containers: [{name: c, image: x}]}\n',
    );
    const ended = await exec([
      ...['--', 'sh', '-c'],
      `cd ${folder}; kubectl -n ${namespace} apply -f pod.yaml && kubectl -n ${namespace} exec one -- true`,
    ]);
    expect(ended.exitCode).toBe(1);
    const report = readReport(ended);
    expect(report.tests).toMatchObject([{ state: 'failed', error: 'The command ended with exit code 1.' }]);
    expect(report.unsuccessful.map(({ path }) => path)).toContainEqual(expect.stringContaining('/pods/one/exec'));
  });
});

describe('the exit code', () => {
  test.each([
    ['0', ['sh', '-c', 'exit 0'], 0],
    ["the command's", ['sh', '-c', 'exit 7'], 7],
    ['of a signal', ['sh', '-c', 'kill -KILL $$'], 137],
  ])('is %s', async (_name, command, exitCode) => {
    const ended = await exec(['--', ...command]);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain('The command sent no request to the proxy.');
    expect(ended.stderr).toContain("snoop report --agent 'NAME*' --since 10m");
    expect(readReport(ended).run.state).toBe(exitCode === 0 ? 'passed' : 'failed');
  });

  test.each<[string, string[], number, string]>([
    [
      'a program that does not exist',
      ['--', 'no-such-program', 'secret'],
      127,
      "The program 'no-such-program' does not exist",
    ],
    ['a path that does not exist', ['--', './no-such-program'], 127, "The program './no-such-program' does not exist"],
    ['no command', [], 2, 'snoop exec needs a command after --.'],
    ['a command without --', ['kubectl', 'get'], 2, "snoop exec takes no 'kubectl'."],
    ['a shell and a command', ['--shell', '--', 'true'], 2, 'Use either --shell or a command.'],
    [
      'a name that is not ASCII',
      ['--name', 'prüfen', '--', 'true'],
      2,
      '--name must have 1 to 80 printable ASCII characters',
    ],
  ])('of %s', async (_name, args, exitCode, message) => {
    const ended = await callSnoop(['exec', '--state', sharedState(), ...args]);
    expect(ended.stderr).toContain(message);
    expect(ended.exitCode).toBe(exitCode);
  });

  test('of a script whose interpreter does not exist is 127, and the run is stored', async () => {
    const script = join(await makeFolder(), 'script');
    await writeFile(script, '#!/no/such/interpreter\n');
    await chmod(script, 0o700);
    const ended = await exec(['--', script]);
    expect(ended.exitCode).toBe(127);
    expect(ended.stderr).toContain('The program cannot be started');
    expect(readReport(ended).run.state).toBe('failed');
  });

  test('is 3 when events are missing', async (context) => {
    needCurl(context);
    const { createTestDatabase } = await import('@snoop/snoopdb/test-database');
    const elsewhere = await createTestDatabase();
    onTestFinished(elsewhere.discard);
    const ended = await runSnoop(
      [
        ...['exec', '--state', await makeFolder(), '--kubeconfig', join(sharedState(), 'kubeconfig'), '--wait', '1'],
        ...['--', 'sh', '-c', `${curl} "$SNOOP_PROXY/version"`],
      ],
      { env: { DATABASE_URL: elsewhere.url } },
    );
    expect(ended.stdout).toContain('gitVersion');
    expect(ended.stderr).toContain('1 request sent, 0 recorded');
    expect(ended.exitCode).toBe(3);
  });
});

describe('curl', () => {
  test('is recorded over HTTP/1.1 and HTTP/2, in spite of a proxy in the environment', async (context) => {
    needCurl(context);
    const script = `for version in --http1.1 --http2; do ${curl} $version "$SNOOP_PROXY/api/v1/namespaces?limit=1" -o /dev/null -w '%{http_version} '; done`;
    const ended = await exec(['--', 'sh', '-c', script], { env: { HTTPS_PROXY: 'http://127.0.0.1:9' } });
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(ended.stdout).toBe('1.1 2 ');
    const report = readReport(ended);
    expect(hitsOf(report)).toEqual({ listCoreV1Namespace: 2 });
    expect(report.clients).toMatchObject([{ agent: expect.stringMatching(/^curl\//), requests: 2, endpoints: 1 }]);
  });

  test('without the CA or the token is told what to do', async (context) => {
    needCurl(context);
    const ended = await exec(['--', 'sh', '-c', 'curl -s "$SNOOP_PROXY/version"; curl -sk "$SNOOP_PROXY/version"']);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain('SNOOP_PROXY_TOKEN');
    expect(ended.stderr).toContain('1 TLS handshake with the proxy failed');
    expect(ended.stderr).toContain('1 request without the token was refused');
    expect(ended.stderr).toContain('curl --cacert "$SNOOP_PROXY_CA"');
    expect(readReport(ended).evidence.sent).toBe(0);
  });
});

test('--shell records all clients in a shell', async (context) => {
  needCurl(context);
  const shell = join(await makeFolder(), 'shell');
  await writeFile(
    shell,
    `#!/bin/sh\n${curl} "$SNOOP_PROXY/version" -o /dev/null\n${curl} "$SNOOP_PROXY/livez" -o /dev/null\n`,
  );
  await chmod(shell, 0o700);
  const ended = await exec(['--shell'], { env: { SHELL: shell } });
  expect(ended.exitCode, ended.stderr).toBe(0);
  const report = readReport(ended);
  expect(report.tests).toMatchObject([{ name: 'shell', file: 'snoop exec --shell' }]);
  expect(report.evidence.sent).toBe(2);
});

test('Ctrl-C goes to the command, which decides how to end; then the run is reported', async (context) => {
  needCurl(context);
  const folder = await makeFolder();
  const script = `trap 'echo stopped; exit 5' INT; ${curl} "$SNOOP_PROXY/version" -o /dev/null; touch ${folder}/ready; while :; do sleep 0.1; done`;
  const running = startSnoop(['exec', '--state', sharedState(), '--output', 'json', '--', 'sh', '-c', script]);
  await waitForFile(join(folder, 'ready'));
  running.interrupt();
  const ended = await running.ended;
  expect(ended.stdout).toBe('stopped\n');
  expect(ended.exitCode).toBe(5);
  const report = readReport(ended);
  expect(report.run.state).toBe('interrupted');
  expect(report.evidence.sent).toBe(1);
});

test('a command that leaves processes and open requests: they lose the proxy, and their requests are recorded', async (context) => {
  needCurl(context);
  const watch = `${curl} "$SNOOP_PROXY/api/v1/namespaces?watch=1&timeoutSeconds=60" -o /dev/null`;
  const ended = await exec([
    '--',
    'sh',
    '-c',
    `${watch} & while ! grep -q answered ${sharedState()}/runs/*/worker-1.jsonl; do sleep 0.1; done; sleep 0.5`,
  ]);
  expect(ended.exitCode, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/left processes, which lose the proxy now: curl \(\d+\)\./);
  expect(readReport(ended).evidence).toMatchObject({ sent: 1, recorded: 1 });
});

test('several at once, beside a live test, never mix', async (context) => {
  needCurl(context);
  const times = [3, 5, 8];
  const file = await writeLiveTest(`
liveTest('beside', async ({ cluster }) => {
  for (let time = 0; time < 4; time += 1) await cluster.request({ path: '/apis/apps/v1/deployments?limit=' + (time + 1) });
});`);
  const [tested, ...ended] = await Promise.all([
    runSnoop(['test', file, '--state', sharedState(), '--output', 'json']),
    ...times.map((number) =>
      exec([
        '--name',
        `client ${number}`,
        '--',
        'sh',
        '-c',
        `for n in $(seq ${number}); do ${curl} "$SNOOP_PROXY/api/v1/nodes?limit=$n" -o /dev/null; done`,
      ]),
    ),
  ]);
  expect(hitsOf(parseReport(tested))).toEqual({ listAppsV1DeploymentForAllNamespaces: 4 });
  for (const [index, number] of times.entries()) {
    const one = ended[index];
    if (one === undefined) throw new Error('not run');
    const report = readReport(one);
    expect(hitsOf(report)).toEqual({ listCoreV1Node: number });
    expect(report.tests.map(({ name }) => name)).toEqual([`client ${number}`]);
  }
});

test('no file of a client is left', async () => {
  const runs = join(sharedState(), 'runs');
  for (const id of await readdir(runs)) {
    const head: { process: { pid: number }; endedAt: string | null } = JSON.parse(
      await readFile(join(runs, id, 'run.json'), 'utf8'),
    );
    if (head.endedAt !== null) expect(await readdir(join(runs, id))).not.toContain('client');
  }
});

describe('snoop report --agent', () => {
  test('reports the events of an agent and a time, and says that this is not exact', async (context) => {
    needCurl(context);
    const agent = `window-${Math.random().toString(36).slice(2, 8)}`;
    const since = new Date(Date.now() - 1000).toISOString();
    const ended = await exec([
      '--name',
      agent,
      '--',
      'sh',
      '-c',
      `${curl} "$SNOOP_PROXY/api/v1/pods" -o /dev/null; ${curl} "$SNOOP_PROXY/api/v1/namespaces/none/pods/none"`,
    ]);
    readReport(ended);
    const window = ['--state', sharedState(), '--agent', `live-test*${agent}`, '--since', since];
    const text = await callSnoop(['report', ...window]);
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toMatch(/^Events +of the agent live-test\*window-\w+ from .* by time and agent: not exact$/m);
    expect(text.stdout).toContain('2 requests seen; whether more were sent is unknown');
    const json = parseReport(await callSnoop(['report', ...window, '--output', 'json']));
    expect(hitsOf(json)).toEqual({ listCoreV1PodForAllNamespaces: 1 });
    expect(json.unsuccessful.map(({ reason }) => reason)).toEqual(['answered 404']);
    const markdown = await callSnoop(['report', ...window, '--output', 'markdown']);
    expect(markdown.stdout).toContain(`# Coverage report of the agent live-test\\*${agent}`);
  });

  test.each<[string[], string]>([
    [['--agent', 'nobody-at-all', '--since', '1m'], "No event of an agent 'nobody-at-all'"],
    [['--agent', 'a'], '--agent needs --since.'],
    [['--since', '1m'], '--since needs --agent.'],
    [['last', '--agent', 'a', '--since', '1m'], 'Use either a run or --agent.'],
    [['--agent', 'a', '--since', 'soon'], "--since takes a time in the past, not 'soon'."],
    [['--agent', 'a', '--since', '1m', '--until', '2m'], 'is not before --until'],
    [['--agent', 'a', '--since', '1m', '--source', 'none*'], "No event of an agent 'a' from 'none*'"],
  ])('refuses %j', async (args, message) => {
    const ended = await callSnoop(['report', '--state', sharedState(), ...args]);
    expect(ended.stderr).toContain(message);
    expect(ended.exitCode).toBe(2);
  });
});
