import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import type { TestDatabase } from '@snoop/snoopdb/test-database';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeFolder, runSnoop, shareSnoop, startSnoop } from './support/snoop.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => database.empty());

const pods = {
  path: '/api/v1/namespaces/{namespace}/pods',
  kind: { group: '', version: 'v1', kind: 'Pod' },
};

const swagger = {
  swagger: '2.0',
  paths: {
    [pods.path]: {
      get: {
        operationId: 'listPods',
        tags: ['core_v1'],
        'x-kubernetes-action': 'list',
        'x-kubernetes-group-version-kind': pods.kind,
      },
      post: {
        operationId: 'createPod',
        tags: ['core_v1', 'more'],
        'x-kubernetes-action': 'post',
        'x-kubernetes-group-version-kind': pods.kind,
      },
    },
  },
};

function makeCoverage(release: string): object {
  const common = { level: 'stable', path: pods.path, category: 'core', description: null, ...pods.kind, release };
  const tests = ['pods are listed [Conformance]'];
  return {
    release,
    release_date: '2026-04-20T06:47:56',
    sources: ['https://ci.example.com/1'],
    endpoints: [
      { ...common, endpoint: 'listPods', action: 'list', tested: true, conf_tested: true, tests },
      { ...common, endpoint: 'createPod', action: 'post', tested: false, conf_tested: false, tests: [null] },
    ],
    tests: [{ test: tests[0], testname: 'Pods', file: 'pods.go', release, promotion_release: '1.9.0' }],
    'total endpoints': 2,
    'tested endpoints': 1,
  };
}

const event = (id: string, verb = 'list'): string =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/pods',
    verb,
    user: { username: 'tester' },
    userAgent: 'e2e.test/v1.36.0 -- pods are listed [Conformance]',
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
    stageTimestamp: '2026-11-21T10:00:00.004000Z',
  });

/** A folder with files of these names. */
async function writeFiles(files: Readonly<Record<string, string | Buffer | object>>): Promise<string> {
  const folder = await makeFolder();
  for (const [name, content] of Object.entries(files)) {
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), isText ? content : JSON.stringify(content));
  }
  return folder;
}

const callSnoop = shareSnoop();
const load = (folder: string, ...args: string[]) =>
  callSnoop(['load', ...args, '--database-url', database.url, '--state', join(folder, 'state')], { cwd: folder });

const count = async (table: string): Promise<number> => {
  const found = await database.pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return found.rows[0]?.count ?? -1;
};

test('loads documents, lists and an audit log, each with its summary', async () => {
  const folder = await writeFiles({
    'swagger-1.36.json.gz': gzipSync(JSON.stringify(swagger)),
    'coverage/1.36.0.json': makeCoverage('1.36.0'),
    'coverage/notes.txt': 'no coverage',
    'ineligible.yaml': '- endpoint: createPod\n  reason: why not\n  link: https://x\n',
    'pending.yaml': '# none\n',
    'conformance.yaml': "- codename: 'pods are listed [Conformance]'\n  release: v1.9, v1.10\n",
    'releases.yaml': '- version: 1.36.0\n  release_date: 2026-04-22\n- version: 1.37.0\n  release_date: ""\n',
    'audit-1.36.jsonl': `${event('a')}\n${event('a')}\n${event('b', 'create')}\n{"kind": 0}\n{"kind": "Event", "au`,
  });
  const said: string[] = [];
  for (const args of [
    ['openapi', 'swagger-1.36.json.gz'],
    ['coverage', 'coverage'],
    ['ineligible', 'ineligible.yaml'],
    ['pending', 'pending.yaml'],
    ['conformance', 'conformance.yaml', '--release', 'v1.36'],
    ['releases', 'releases.yaml'],
    ['audit', 'audit-1.36.jsonl', '--source', 'https://ci.example.com/logs/a/b/c/7'],
    ['audit', 'audit-1.36.jsonl'],
  ]) {
    const { exitCode, stdout, stderr } = await load(folder, ...args);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    said.push(stdout);
  }
  expect(said.join('')).toMatchInlineSnapshot(`
    "openapi swagger-1.36.json.gz (1.36.0): 2 read, 2 stored, 0 rejected, 0 skipped
      operations with several tags, in the category of the first: 1
    coverage coverage/1.36.0.json (1.36.0): 2 read, 2 stored, 0 rejected, 0 skipped
      tested endpoints: 1
      conformance tests with their release: 1
    ineligible ineligible.yaml (1.36.0): 1 read, 1 stored, 0 rejected, 0 skipped
    pending pending.yaml (1.36.0): 0 read, 0 stored, 0 rejected, 0 skipped
    conformance conformance.yaml (1.36.0): 1 read, 1 stored, 0 rejected, 0 skipped
    releases releases.yaml: 2 read, 2 stored, 0 rejected, 0 skipped
      releases in development, without a date: 1
    audit audit-1.36.jsonl (1.36.0): 5 read, 3 stored, 3 resolved, 2 rejected, 0 skipped
      shapes: plain events 3
      rejected because of "no JSON: it ends too soon": 1
      rejected because of "not an audit event: its kind is not a string": 1
    The rejected events: select reason, line, raw from public.rejected_event order by id
    audit audit-1.36.jsonl (1.36.0): 0 read, 0 stored, 0 resolved, 0 rejected, 1 skipped
      loaded before as audit-1.36.jsonl, source https://ci.example.com/logs/a/b/c/7
    "
  `);
  const events = await database.pool.query(
    'select distinct source, endpoint, release from public.audit_event order by 2',
  );
  expect(events.rows).toEqual([
    { source: 'https://ci.example.com/logs/a/b/c/7', endpoint: 'createPod', release: '1.36.0' },
    { source: 'https://ci.example.com/logs/a/b/c/7', endpoint: 'listPods', release: '1.36.0' },
  ]);
});

test('loads a truncated gzip log as far as possible, and refuses UTF-16 by name', async () => {
  const packed = gzipSync(Array.from({ length: 2000 }, (_, number) => `${event(`id ${number}`)}\n`).join(''));
  const folder = await writeFiles({
    'swagger-1.36.json': JSON.stringify(swagger),
    'audit-1.36.log.gz': packed.subarray(0, -9),
    'begun-1.36.log.gz': packed.subarray(0, 12),
    'utf16-1.36.log': Buffer.from(`\uFEFF${event('x')}\n`, 'utf16le'),
  });
  expect(await load(folder, 'openapi', 'swagger-1.36.json')).toMatchObject({ exitCode: 0 });
  const first = await load(folder, 'audit', 'audit-1.36.log.gz');
  expect(first.exitCode, first.stderr).toBe(0);
  expect(first.stdout).toMatch(/^audit audit-1.36.log.gz \(1.36.0\): (1,9\d\d|2,000) read, /);
  expect(first.stdout).toContain('  incomplete: the gzip file is truncated; it was read up to the cut\n');
  const again = await load(folder, 'audit', 'audit-1.36.log.gz');
  expect(again.stdout).toContain(' 0 read, 0 stored, 0 resolved, 0 rejected, 1 skipped');
  expect(again.exitCode, again.stderr).toBe(0);
  const begun = await load(folder, 'audit', 'begun-1.36.log.gz');
  expect(begun.stderr).toContain('begun-1.36.log.gz is truncated before any content: there is nothing to load.');
  expect(begun.exitCode).toBe(3);
  const refused = await load(folder, 'audit', 'utf16-1.36.log');
  expect(refused.stderr).toContain('utf16-1.36.log is UTF-16, not UTF-8.');
  expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(
    'iconv -f UTF-16 -t UTF-8 utf16-1.36.log | snoop load audit --release 1.36.0 -',
  );
  expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
});

test('loads from a URL with --output json', async () => {
  const folder = await writeFiles({});
  const server = createServer((_request, answer) => answer.end(JSON.stringify(swagger)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/kubernetes/v1.35.2/api/openapi-spec/swagger.json`;
  const { stdout, exitCode } = await load(folder, 'openapi', url, '--output', 'json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    loads: [
      {
        what: 'openapi',
        name: url,
        release: '1.35.2',
        source: null,
        read: 2,
        stored: 2,
        resolved: null,
        rejected: 0,
        skipped: 0,
        notes: [{ count: 1, what: 'operations with several tags, in the category of the first' }],
        incomplete: null,
      },
    ],
    total: { read: 2, stored: 2, resolved: null, rejected: 0, skipped: 0 },
  });
});

test('loads a shipped baseline, which becomes the baseline', async () => {
  const { exitCode, stderr } = await load(await makeFolder(), 'baseline', '1.34', '1.35', '--use');
  expect(stderr).toContain('The baseline in use is 1.35.0.');
  expect(exitCode).toBe(0);
  const found = await database.pool.query(
    'select public.baseline_release() as baseline, count(*)::int from public.release_data',
  );
  expect(found.rows).toEqual([{ baseline: '1.35.0', count: 2 }]);
});

describe('wrong use: one sentence and the way out, exit 2', () => {
  test.each([
    ['nothing', [], 'What to load is missing.', 'openapi, audit'],
    ['an unknown kind', ['opneapi', 'x'], "takes no 'opneapi'", "Did you mean 'openapi'?"],
    ['no file', ['coverage'], 'needs a file, a directory, a URL', '--help'],
    ['a missing file', ['coverage', '1.36.1.json'], 'There is no file', "'snoop load coverage 1.36.0.json'"],
    ['a URL without its scheme', ['openapi', 'example.com/swagger.json'], 'There is no file', 'https://example.com/'],
    ['a bad release', ['openapi', '1.36.0.json', '--release', 'latest'], '"latest" is not a release.', 'X.Y.Z'],
    ['no release', ['openapi', 'swagger.json'], 'The name swagger.json does not show its release.', '--release 1.36.0'],
    ['no release of a list', ['pending', 'pending.yaml'], 'there is no baseline yet', '--release 1.36.0'],
    [
      'no release of a log',
      ['audit', 'swagger.json'],
      'Neither the name swagger.json nor its user agents show its release.',
      '--release 1.36.0',
    ],
    ['a baseline that does not ship', ['baseline', '1.20'], 'This program ships no data of 1.20.0', 'only of 1.33.0'],
    ["another kind's flag", ['releases', 'x', '--release', '1.36'], 'takes no --release', 'Only with: '],
    ['a file and a cluster', ['openapi', 'x', '--cluster'], 'not both', '--help'],
    ['several lists', ['pending', '1.36.0.json', 'swagger.json'], 'takes one list, not 2', 'snoop load pending'],
    ['a format', ['openapi', 'swagger.json', '--output', 'xml'], "--output takes text or json, not 'xml'", 'snoop'],
  ])('%s', async (_what, args, wrong, right) => {
    const folder = await writeFiles({
      '1.36.0.json': makeCoverage('1.36.0'),
      'swagger.json': swagger,
      'pending.yaml': '- listPods\n',
    });
    const { exitCode, stdout, stderr } = await load(folder, ...args);
    expect(stderr).toContain(wrong);
    expect(stderr).toContain(right);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});

test('stops at the first file that fails with exit 3, and lists the loaded ones', async () => {
  const folder = await writeFiles({
    '1.34.0.json': makeCoverage('1.34.0'),
    '1.35.0.json': '{"release": "1.35.0", "endpoints": [',
    '1.36.0.json': makeCoverage('1.36.0'),
  });
  const { exitCode, stdout, stderr } = await load(folder, 'coverage', '1.34.0.json', '1.35.0.json', '1.36.0.json');
  expect(stderr).toContain('1.35.0.json is not JSON');
  expect(stderr).toContain('Loaded before that: 1.34.0.json.');
  expect(stdout).toBe('');
  expect(exitCode).toBe(3);
  const found = await database.pool.query('select release from public.release_data');
  expect(found.rows).toEqual([{ release: '1.34.0' }]);
});

describe('without --database-url', () => {
  const loadHere = (folder: string, ...args: string[]) =>
    runSnoop(['load', ...args, '--release', '1.36.0', '--state', join(folder, 'state')], { cwd: folder });

  test.each([
    ['a log without an audit event', 'audit', 'hello\n', 'junk has no audit event'],
    ['another document', 'openapi', '{"kind":"Pod"}', 'junk is not an OpenAPI document'],
  ])('%s leaves no new database behind', async (_what, kind, content, message) => {
    const folder = await writeFiles({ junk: content });
    const { exitCode, stdout, stderr } = await loadHere(folder, kind, 'junk');
    expect(stderr).toContain(message);
    expect(stderr).toContain('The new database was removed, because nothing was stored in it.');
    expect(stdout).not.toContain('public.rejected_event');
    expect(exitCode).toBe(3);
    expect(await readdir(folder)).toEqual(['junk']);
  });

  test('a database with data stays', async () => {
    const folder = await writeFiles({ 'swagger.json': swagger, junk: 'hello\n' });
    expect(await loadHere(folder, 'openapi', 'swagger.json')).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await loadHere(folder, 'audit', 'junk');
    expect(stderr).not.toContain('removed');
    expect(exitCode).toBe(3);
    expect(await readdir(join(folder, 'state'))).toContain('snoopdb');
  });
});

describe('Ctrl-C leaves nothing behind, exit 130', () => {
  test('in the middle of an audit log', async () => {
    const folder = await writeFiles({ '1.36.json': swagger });
    await load(folder, 'openapi', '1.36.json');
    const loaded = await count('public.loaded_file');
    // It never ends.
    const server = createServer((_request, answer) => {
      const more = (): void => {
        while (answer.write(`${event('c')}\n`.repeat(1000)));
      };
      answer.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/audit-1.36.log`;
    const running = startSnoop(['load', 'audit', url, '--database-url', database.url, '--state', folder]);
    await waitFor('the large file has a table', `select from public.loaded_file where state = 'loading'`);
    running.interrupt();
    const { exitCode, stdout, stderr } = await running.ended;
    server.closeAllConnections();
    expect(stderr).toContain('Interrupted (SIGINT).');
    expect(stdout).toBe('');
    expect(exitCode).toBe(130);
    expect(await count('public.audit_event')).toBe(0);
    expect(await count('public.endpoint_hit')).toBe(0);
    expect(await count('public.loaded_file')).toBe(loaded);
  });

  test('while another load holds the releases', async () => {
    const folder = await writeFiles({ '1.36.json': swagger });
    const holder = await database.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select pg_advisory_xact_lock(7306002)');
      const running = startSnoop([
        'load',
        'openapi',
        join(folder, '1.36.json'),
        '--database-url',
        database.url,
        '--state',
        folder,
      ]);
      await waitFor(
        'it waits',
        `select from pg_stat_activity where application_name = 'snoop load' and wait_event_type = 'Lock' and datname = current_database()`,
      );
      running.interrupt();
      expect((await running.ended).exitCode).toBe(130);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    expect(await count('public.open_api')).toBe(0);
  });
});

async function waitFor(what: string, sql: string): Promise<void> {
  const patience = { timeout: 50_000, interval: 20, message: `Waited in vain until ${what}.` };
  await expect.poll(async () => (await database.pool.query(sql)).rowCount, patience).toBeGreaterThan(0);
}
