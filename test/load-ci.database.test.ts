import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import type { TestDatabase } from '@snoop/snoopdb/test-database';
import { createTar } from '@snoop/snoopdb/test-tar';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeFolder, runSnoop } from './support/snoop.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => database.empty());

const agent = (test: string): string => `e2e.test/v1.36.0 (linux/amd64) kubernetes/4cb9f7d -- ${test}`;

/** An event on a line. */
function event(id: string, verb: string, userAgent: string, seconds = 0): string {
  const isList = verb === 'list';
  return `${JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/default/pods${isList ? '' : '/a'}`,
    verb,
    user: { username: 'tester' },
    userAgent,
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: `2026-11-21T10:00:0${seconds}.000000Z`,
    stageTimestamp: `2026-11-21T10:00:0${seconds}.004000Z`,
  })}\n`;
}

const server = 'kube-apiserver/v1.36.0 (linux/amd64) kubernetes/4cb9f7d';
const listed = agent('pods are listed [Conformance]');
const read = agent('a pod is read');

/** What a job leaves of a cluster with two API servers, which rotate their logs. */
const left: Readonly<Record<string, string | Buffer>> = {
  'build-log.txt': 'go build\n',
  'node-1/kube-apiserver-audit-2026-11-21T10-00-03.000.log.gz': gzipSync(
    event('a', 'list', server) + event('b', 'list', listed, 1) + event('c', 'get', read, 2),
  ),
  'node-1/kube-apiserver-audit.log': event('d', 'get', read, 4) + event('e', 'delete', server, 5),
  'node-1/kubelet.log': 'started\n',
  'node-2/kube-apiserver-audit.log': event('f', 'list', listed, 0) + event('b', 'list', listed, 1),
  'node-2/kube-apiserver-audit.log.1': event('g', 'get', read, 0),
};
const logs = Object.keys(left).filter((name) => name.includes('audit'));

async function writeFiles(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await makeFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

const load = (cwd: string, ...args: string[]) =>
  runSnoop(['load', 'audit', ...args, '--database-url', database.url, '--state', join(cwd, 'state')], { cwd });

/** All events and what they hit, without their source. */
async function readStored(): Promise<unknown> {
  const hits = await database.pool.query(
    `select endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at
       from public.endpoint_hit where first_seen_at is not null order by 1, 2, 3`,
  );
  const events = await database.pool.query(
    `select audit_id, endpoint, test, count(*)::int from public.audit_event group by 1, 2, 3 order by 1, 2, 3`,
  );
  return { hits: hits.rows, events: events.rows };
}

async function readFiles(): Promise<unknown[]> {
  const found = await database.pool.query(
    `select name, source, release, stored::int from public.loaded_file where what = 'audit' order by id`,
  );
  return found.rows;
}

const pack = (names: readonly string[] = Object.keys(left)): Promise<Buffer> =>
  createTar(names.map((name) => ({ name: `artifacts/${name}`, content: left[name] ?? '' })));

test('a directory, an archive and a URL of an archive give the same as their logs one by one', async () => {
  const folder = await writeFiles(
    Object.fromEntries(Object.entries(left).map(([name, content]) => [`artifacts/${name}`, content])),
  );
  const single = await load(
    folder,
    ...logs.map((name) => `artifacts/${name}`),
    ...['--release', '1.36.0', '--source', 'a job'],
  );
  expect(single.exitCode, single.stderr).toBe(0);
  const wanted = await readStored();
  expect(wanted).toMatchObject({
    hits: [
      { endpoint: 'deleteCoreV1NamespacedPod', useragent: server },
      { endpoint: 'listCoreV1NamespacedPod', test: 'pods are listed [Conformance]', conf_test_hit: true },
      { endpoint: 'listCoreV1NamespacedPod', useragent: server },
      { endpoint: 'readCoreV1NamespacedPod', test: 'a pod is read', conf_test_hit: false },
    ],
    // Both API servers logged b.
    events: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => ({ audit_id: id, count: id === 'b' ? 2 : 1 })),
  });

  await database.empty();
  const directory = await load(folder, 'artifacts/');
  expect(directory.exitCode, directory.stderr).toBe(0);
  expect(directory.stderr).toContain('By its user agents, artifacts/ is of 1.36.0.');
  expect(directory.stderr).toContain('2 other files of artifacts/ were left out: not named like an audit log.');
  expect(await readStored()).toEqual(wanted);
  expect(await readFiles()).toMatchInlineSnapshot(`
    [
      {
        "name": "artifacts/node-1/kube-apiserver-audit-2026-11-21T10-00-03.000.log.gz",
        "release": "1.36.0",
        "source": "artifacts",
        "stored": 3,
      },
      {
        "name": "artifacts/node-1/kube-apiserver-audit.log",
        "release": "1.36.0",
        "source": "artifacts",
        "stored": 2,
      },
      {
        "name": "artifacts/node-2/kube-apiserver-audit.log.1",
        "release": "1.36.0",
        "source": "artifacts",
        "stored": 1,
      },
      {
        "name": "artifacts/node-2/kube-apiserver-audit.log",
        "release": "1.36.0",
        "source": "artifacts",
        "stored": 2,
      },
    ]
  `);

  const archive = await pack();
  await writeFile(join(folder, 'logs.tar'), archive);
  const again = await load(folder, 'logs.tar', '--release', '1.36');
  expect(again.stdout).toMatch(/4 in all: 0 read, 0 stored, 0 resolved, 0 rejected, 4 skipped/);
  expect(again.stderr).toContain('2 other files of logs.tar were left out');
  expect(await readStored()).toEqual(wanted);

  await database.empty();
  const web = createServer((_request, answer) => answer.end(gzipSync(archive)));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void web.close());
  const address = web.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = await load(folder, `http://127.0.0.1:${port}/logs.tar.gz?signature=secret`);
  expect(url.exitCode, url.stderr).toBe(0);
  expect(url.stdout).not.toContain('secret');
  expect(url.stdout.replaceAll(String(port), 'PORT')).toMatchInlineSnapshot(`
    "audit http://127.0.0.1:PORT/logs.tar.gz/artifacts/node-1/kube-apiserver-audit-2026-11-21T10-00-03.000.log.gz (1.36.0): 3 read, 3 stored, 3 resolved, 0 rejected, 0 skipped
      shapes: plain events 3
    audit http://127.0.0.1:PORT/logs.tar.gz/artifacts/node-1/kube-apiserver-audit.log (1.36.0): 2 read, 2 stored, 2 resolved, 0 rejected, 0 skipped
      shapes: plain events 2
    audit http://127.0.0.1:PORT/logs.tar.gz/artifacts/node-2/kube-apiserver-audit.log (1.36.0): 2 read, 2 stored, 2 resolved, 0 rejected, 0 skipped
      shapes: plain events 2
    audit http://127.0.0.1:PORT/logs.tar.gz/artifacts/node-2/kube-apiserver-audit.log.1 (1.36.0): 1 read, 1 stored, 1 resolved, 0 rejected, 0 skipped
      shapes: plain events 1
    4 in all: 8 read, 8 stored, 8 resolved, 0 rejected, 0 skipped
    "
  `);
  expect(await readStored()).toEqual(wanted);
});

test('loads a truncated archive up to the cut, and the rest later', async () => {
  const archive = await pack(logs);
  const folder = await writeFiles({ 'cut.tar': archive.subarray(0, 2600), 'logs.tar': archive });
  const cut = await load(folder, 'cut.tar', '--release', '1.36.0');
  expect(cut.exitCode, cut.stderr).toBe(0);
  expect(cut.stdout).toMatchInlineSnapshot(`
    "audit cut.tar/artifacts/node-1/kube-apiserver-audit-2026-11-21T10-00-03.000.log.gz (1.36.0): 3 read, 3 stored, 3 resolved, 0 rejected, 0 skipped
      shapes: plain events 3
    audit cut.tar/artifacts/node-1/kube-apiserver-audit.log (1.36.0): 2 read, 2 stored, 2 resolved, 0 rejected, 0 skipped
      shapes: plain events 2
      incomplete: the archive is truncated; it was read up to the cut
    2 in all: 5 read, 5 stored, 5 resolved, 0 rejected, 0 skipped
    "
  `);
  const whole = await load(folder, 'logs.tar', '--release', '1.36.0');
  expect(whole.stdout).toContain('1 skipped');
  expect(whole.exitCode, whole.stderr).toBe(0);
});

test('refuses an archive without audit logs, and a log without a release', async () => {
  const folder = await writeFiles({
    'logs.tar': await pack(['build-log.txt', 'node-1/kubelet.log']),
    'audit.log': event('a', 'list', 'curl/8'),
  });
  const empty = await load(folder, 'logs.tar', '--release', '1.36.0');
  expect(empty.stderr).toContain('logs.tar has no audit log. None of its 2 files is named like audit.log');
  expect(empty.exitCode).toBe(3);
  const nameless = await load(folder, 'audit.log');
  expect(nameless.stderr).toContain('Neither the name audit.log nor its user agents show its release.');
  expect(nameless.exitCode).toBe(2);
});

test('nothing is loaded of a page, an archive in an archive, or a run whose run.json is damaged', async () => {
  const archive = await pack(logs);
  const folder = await writeFiles({
    'page.log': '<!DOCTYPE html>\n<title>Sign in</title>\n',
    'outer.tar': await createTar([{ name: 'audit\u001b[2J.tar', content: archive }]),
    'run/run.json': '{"format":"snoop audit run","version":1,"comp',
    'run/events.jsonl.gz': gzipSync(event('a', 'list', listed)),
  });
  for (const [name, message] of [
    ['page.log', 'page.log is an HTML page, not an audit log.'],
    ['outer.tar', 'outer.tar/audit\ufffd[2J.tar is an archive in an archive'],
    ['run', 'run/run.json is not JSON: '],
  ] as const) {
    const refused = await load(folder, name, '--release', '1.36.0');
    expect(refused.stderr).toContain(message);
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toBe('');
  }
  expect(await readFiles()).toEqual([]);
});

test('loads the events of an audit run; an incomplete one only with --partial', async () => {
  const events = gzipSync(event('a', 'list', listed));
  const run = (changes: object): string =>
    JSON.stringify({
      format: 'snoop audit run',
      version: 1,
      id: '20261121-run',
      cluster: { version: 'v1.36.0', commit: null, sources: ['local'] },
      endedAt: '2026-11-21T10:20:00Z',
      complete: true,
      reasons: [],
      counters: { sent: 1, errors: 0, stored: 1, rejected: 0, uncertain: 0 },
      files: [
        { name: 'events.jsonl.gz', bytes: events.length, sha256: createHash('sha256').update(events).digest('hex') },
      ],
      ...changes,
    });
  const folder = await writeFiles({
    'whole/run.json': run({ cluster: { version: '1.36.3', commit: null, sources: ['local'] }, document: '1.36.0' }),
    'whole/events.jsonl.gz': events,
    'half/run.json': run({ complete: false, reasons: ['The suite was interrupted.'] }),
    'half/events.jsonl.gz': events,
    'whole.part/events.jsonl.gz': events,
  });
  const incomplete = async (): Promise<unknown> =>
    (await database.pool.query(`select incomplete from public.release_data where release = '1.36.0'`)).rows[0]
      ?.incomplete;

  for (const [name, message] of [
    ['half', 'is incomplete: The suite was interrupted.'],
    ['whole.part', 'did not end.'],
  ] as const) {
    const refused = await load(folder, name);
    expect(refused.stderr).toContain(message);
    expect(refused.stderr).toContain('--partial');
    expect(refused.exitCode).toBe(3);
  }
  const whole = await load(folder, 'whole');
  expect(whole.exitCode, whole.stderr).toBe(0);
  expect(await readFiles()).toMatchObject([{ source: 'local 20261121-run', release: '1.36.0', stored: 1 }]);
  expect(await incomplete()).toBeNull();

  await database.empty();
  const half = await load(folder, 'half', '--partial');
  expect(half.exitCode, half.stderr).toBe(0);
  const reason = 'The audit run 20261121-run is incomplete: The suite was interrupted.';
  expect(half.stdout).toContain(`incomplete: ${reason}`);
  expect(await incomplete()).toBe(reason);
});
