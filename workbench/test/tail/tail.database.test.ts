import { join } from 'node:path';
import { Writable } from 'node:stream';
import { acquireEmbeddedServer, createEventWriter, inspectEmbeddedServer, purgeEmbeddedServer } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { command as tail } from '../../src/cli/tail.ts';
import type { TailedEvent } from '../../src/tail/tailed-event.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openRelay } from '../support/relay.ts';
import type { RunningCommand, StartOptions } from '../support/running-command.ts';
import { startCommand } from '../support/running-command.ts';

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  await loadSmallReleases(pool);
});

async function startTail(
  args: readonly string[] = [],
  options: StartOptions & { url?: string } = {},
): Promise<RunningCommand> {
  const running = await startCommand(tail, ['--database-url', options.url ?? url, ...args], options);
  await Promise.race([running.ended, expect.poll(running.stderr, { timeout: 20_000 }).toContain('Following')]);
  return running;
}

interface Sent {
  auditID: string;
  agent?: string;
  user?: string;
  uri?: string;
  verb?: string;
  code?: number;
  stage?: string;
}

async function send(requests: readonly Sent[], source = 'a cluster'): Promise<void> {
  const items = requests.map(
    ({ auditID, agent = 'kubectl/v1.36', user, uri = pods, verb = 'list', code = 200, stage }) => ({
      level: 'Metadata',
      auditID,
      stage: stage ?? 'ResponseComplete',
      requestURI: uri,
      verb,
      user: { username: user ?? 'tester' },
      userAgent: agent,
      responseStatus: { metadata: {}, code },
      requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
      stageTimestamp: '2026-11-21T10:00:00.004000Z',
    }),
  );
  const writer = createEventWriter(pool, { source });
  await writer.write(
    Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })),
  );
  await writer.close();
}

const pods = '/api/v1/namespaces/default/pods';

const idsOf = (running: RunningCommand): string[] =>
  running
    .stdout()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): TailedEvent => JSON.parse(line))
    .map(({ auditId }) => auditId ?? '');

test('prints a line for each event and marks hits of untested endpoints', async () => {
  await send([{ auditID: 'before' }]);
  const running = await startTail();
  await send([
    { auditID: 'one', agent: 'live-test-writing -- Pod lifecycle' },
    { auditID: 'two', agent: 'live-test-writing -- Pod lifecycle', uri: `${pods}/x`, verb: 'delete' },
    { auditID: 'three', uri: `${pods}/x`, verb: 'delete', code: 404 },
    { auditID: 'four', uri: '/nowhere?x=\u001b[2J', verb: 'get', agent: 'evil\u001b]0;title\u0007\u202e', code: 404 },
    { auditID: 'five', uri: `${pods}?watch=1`, verb: 'watch', stage: 'ResponseStarted' },
    { auditID: 'six', uri: `${pods}?dryRun=All`, verb: 'create', code: 201 },
  ]);
  await expect.poll(() => running.stdout().split('\n')).toHaveLength(7);
  expect(`\n${running.stdout()}`).toMatchInlineSnapshot(`
    "
    10:00:00.004 200 list   /api/v1/namespaces/default/pods (method not served) Pod lifecycle
    10:00:00.004 200 delete deleteCoreV1NamespacedPod                    untested until now: Pod lifecycle
    10:00:00.004 404 delete deleteCoreV1NamespacedPod                    kubectl/v1.36
    10:00:00.004 404 get    /nowhere?x=�[2J (non-resource path)          evil�]0;title��
    10:00:00.004 200 watch  /api/v1/namespaces/default/pods?watch=1 (method not served) kubectl/v1.36 (ResponseStarted)
    10:00:00.004 201 create createCoreV1NamespacedPod                    kubectl/v1.36 (dry run)
    "
  `);
});

test('filters by client, endpoint, source and untested hits', async () => {
  const wanted: [string[], string[]][] = [
    [
      ['--agent', 'live-test'],
      ['a', 'b'],
    ],
    [['--agent', '*pod LIFE*'], ['b']],
    [
      ['--endpoint', 'deletecorev1namespacedpod'],
      ['b', 'c', 'd'],
    ],
    [
      ['--endpoint', 'delete*'],
      ['b', 'c', 'd'],
    ],
    [['--untested'], ['b', 'd']],
    [['--source', 'another'], ['d']],
    [['--untested', '--agent', 'live-test', '--source', 'a*'], ['b']],
    [[], ['a', 'b', 'c', 'd']],
  ];
  const running = await Promise.all(wanted.map(([args]) => startTail([...args, '--output', 'json'])));
  await send([
    { auditID: 'a', agent: 'live-test-writing -- another' },
    { auditID: 'b', agent: 'live-test-writing -- Pod lifecycle', uri: `${pods}/x`, verb: 'delete' },
    { auditID: 'c', uri: `${pods}/x`, verb: 'delete', code: 404 },
  ]);
  await send([{ auditID: 'd', uri: `${pods}/x`, verb: 'delete' }], 'another');
  const all = running.at(-1);
  await expect.poll(() => all && idsOf(all)).toEqual(['a', 'b', 'c', 'd']);
  for (const [at, [args, ids]] of wanted.entries()) {
    const one = running[at];
    await expect.poll(() => one && idsOf(one), { message: args.join(' ') }).toEqual(ids);
  }
});

test('shows requests of the cluster itself and of snoop only with --all or by name', async () => {
  const wanted: [string[], string[]][] = [
    [[], ['live', 'person']],
    [['--untested'], ['live', 'person']],
    [['--agent', 'kube-controller-manager'], ['controller']],
    [['--all'], ['live', 'person', 'controller', 'scheduler', 'snoop']],
  ];
  const running = await Promise.all(wanted.map(([args]) => startTail([...args, '--output', 'json'])));
  const account = 'system:serviceaccount:kube-system:namespace-controller';
  await send(
    [
      { auditID: 'live', agent: 'live-test-writing -- as a controller', user: account },
      { auditID: 'person' },
      { auditID: 'controller', agent: 'kube-controller-manager/v1.36.3', user: account },
      { auditID: 'scheduler', agent: 'Go-http-client/2.0', user: 'system:kube-scheduler' },
      { auditID: 'snoop', agent: 'snoop/0.1.0' },
    ].map((one) => ({ ...one, uri: `${pods}/x`, verb: 'delete' })),
  );
  for (const [at, [args, ids]] of [...wanted.entries()].reverse()) {
    const one = running[at];
    await expect.poll(() => one && idsOf(one), { message: args.join(' ') }).toEqual(ids);
  }
});

test('reports an agent that resembles a test agent once', async () => {
  const running = await startTail(['--output', 'json']);
  await send([
    { auditID: 'a', agent: 'Live-Test -- one' },
    { auditID: 'b', agent: 'Live-Test -- another' },
    { auditID: 'c', agent: 'live-test-writing -- a test' },
    { auditID: 'd', agent: 'livenessprobe/1.0' },
  ]);
  await expect.poll(() => idsOf(running)).toEqual(['a', 'b', 'c', 'd']);
  expect(running.stderr().match(/'[^']+' is not a test agent/g)).toEqual(["'Live-Test' is not a test agent"]);
});

test('prints the source if there are several', async () => {
  const running = await startTail();
  await send([{ auditID: 'first' }], 'one');
  await expect.poll(() => running.stdout().split('\n')).toHaveLength(2);
  await send([{ auditID: 'second' }], 'two');
  await expect.poll(() => running.stdout().split('\n')).toHaveLength(3);
  const [first, second] = running.stdout().split('\n');
  expect(first).not.toContain('@one');
  expect(second).toContain('@two');
});

test('cuts lines to the width of the terminal', async () => {
  const running = await startTail([], { columns: 50 });
  await send([
    { auditID: 'ascii', agent: 'x'.repeat(200) },
    { auditID: 'wide', uri: `/${'漢'.repeat(60)}` },
  ]);
  await expect.poll(() => running.stdout().split('\n')).toHaveLength(3);
  expect(`\n${running.stdout()}`).toMatchInlineSnapshot(`
    "
    10:00:00 200          list /api/v1/namespaces/def…
    10:00:00 200          list /漢漢漢漢漢漢漢漢漢漢…
    "
  `);
});

test('keeps the mark on a narrow terminal', async () => {
  const running = await startTail([], { columns: 60 });
  const agent = 'live-test-writing -- Pod lifecycle';
  await send([
    { auditID: 'new', agent, uri: `${pods}/narrow`, verb: 'delete' },
    { auditID: 'known', agent, uri: `${pods}/narrow`, verb: 'delete', code: 404 },
  ]);
  await expect.poll(() => running.stdout().split('\n')).toHaveLength(3);
  expect(`\n${running.stdout()}`).toMatchInlineSnapshot(`
    "
    10:00:00 200 untested deleteCoreV1NamespacedPod Pod lifecyc…
    10:00:00 404          deleteCoreV1NamespacedPod Pod lifecyc…
    "
  `);
});

test('prints JSON objects without terminal control characters', async () => {
  const running = await startTail(['--output', 'json']);
  await send([{ auditID: 'j', agent: 'live-test-writing -- a\u009b2J\u202eb', uri: `${pods}/x`, verb: 'delete' }]);
  await expect.poll(() => running.stdout()).toContain('\n');
  expect(running.stdout()).toContain('a\\u009b2J\\u202eb');
  const { id: _id, storedAt: _storedAt, agent, test: name, ...event } = JSON.parse(running.stdout());
  expect([agent, name]).toEqual(['live-test-writing -- a\u009b2J\u202eb', 'a\u009b2J\u202eb']);
  expect(event).toMatchInlineSnapshot(`
    {
      "ambiguous": null,
      "auditId": "j",
      "code": 200,
      "endpoint": "deleteCoreV1NamespacedPod",
      "isDryRun": false,
      "isHit": true,
      "path": "/api/v1/namespaces/default/pods/x",
      "reason": null,
      "source": "a cluster",
      "stage": "ResponseComplete",
      "time": "2026-11-21T10:00:00.004Z",
      "untestedUntilNow": true,
      "user": "tester",
      "verb": "delete",
    }
  `);
});

describe('loses no events', () => {
  test('when SnoopDB was away', async () => {
    const { hostname, port } = new URL(url);
    const relay = await openRelay({ host: hostname, port: Number(port) });
    const through = new URL(url);
    through.port = String(relay.port);
    const running = await startTail(['--output', 'json'], { url: through.href });
    await send([{ auditID: 'r1' }]);
    await expect.poll(() => idsOf(running)).toEqual(['r1']);
    await relay.cut();
    await expect.poll(running.stderr).toContain('SnoopDB is away');
    await send([{ auditID: 'r2' }]);
    await send([{ auditID: 'r3' }]);
    await relay.open();
    await expect.poll(() => idsOf(running), { timeout: 20_000 }).toEqual(['r1', 'r2', 'r3']);
    expect(running.stderr().match(/is away/g)).toHaveLength(1);
    expect(running.stderr()).toContain('SnoopDB is back');
    expect(await running.end()).toBe(0);
    await relay.cut();
  });

  test('with a slow reader', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let text = '';
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        void gate.then(() => done());
      },
    });
    await startTail(['--output', 'json', '--agent', 'busy'], { stdout: slow });
    for (let body = 0; body < 10; body += 1) {
      await send(Array.from({ length: 300 }, (_, event) => ({ auditID: `${body}-${event}`, agent: 'busy/1' })));
    }
    release();
    await expect.poll(() => text.split('\n').length - 1, { timeout: 20_000 }).toBe(3000);
    expect(new Set(text.split('\n')).size).toBe(3001);
  });
});

test('reports that no cluster runs, and stops the server it started', async () => {
  const state = await makeFolder();
  const folder = join(state, 'snoopdb');
  onTestFinished(() => purgeEmbeddedServer(folder));
  await (await acquireEmbeddedServer({ folder, user: 'a test' })).release();
  const running = await startCommand(tail, [], { state });
  await Promise.race([running.ended, expect.poll(running.stderr, { timeout: 90_000 }).toContain('Following')]);
  expect(running.stderr()).toContain(`No cluster runs in ${state}: no events will arrive before 'snoop up'.`);
  await running.end();
  expect(running.stdout()).toBe('');
  expect(await inspectEmbeddedServer(folder)).toMatchObject({ running: false, users: [] });
});

test('can be ended while its reader is stopped', async () => {
  let isWritten = false;
  const stopped = new Writable({
    highWaterMark: 1,
    write() {
      isWritten = true;
    },
  });
  const running = await startTail([], { stdout: stopped });
  await send([{ auditID: 'stuck' }]);
  await expect.poll(() => isWritten).toBe(true);
  expect(await running.end()).toBe(0);
});

test('ends when its reader closes', async () => {
  const gone = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const running = await startTail([], { stdout: gone });
  await send([{ auditID: 'unread' }]);
  expect(await running.ended).toBe(0);
});

test('refuses a mistyped endpoint, and waits for an unknown source', async () => {
  const { ended } = await startCommand(tail, ['--database-url', url, '--endpoint', 'deleteCoreV1NamespacedPot']);
  await expect(ended).rejects.toMatchObject({
    exitCode: 2,
    message: "There is no endpoint 'deleteCoreV1NamespacedPot'.",
    advice: [
      expect.stringContaining('deleteCoreV1NamespacedPod'),
      expect.stringContaining("'deleteCoreV1NamespacedPot*'"),
    ],
  });
  const running = await startTail(['--source', 'to come']);
  expect(running.stderr()).toContain("No events from 'to come' yet");
});
