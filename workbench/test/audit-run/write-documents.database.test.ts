import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createEventWriter, openPool, type Pool, readEventPosition, withAuditRunLock } from '@snoop/snoopdb';
import { beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { recoverRun } from '../../src/audit-run/recover-run.ts';
import { RunDraft } from '../../src/audit-run/run-draft.ts';
import { writeWithRetries } from '../../src/audit-run/write-with-retries.ts';
import { type Progress, silentProgress } from '../../src/progress.ts';
import { deliver, makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openRelay, type Relay } from '../support/relay.ts';

const source = 'a-cluster';
const events = 5_000;
const limits = { noProgressMs: 500, afterOutageMs: 500, awayMs: 60_000, answerMs: 5_000, pollMs: 25 };

let [pool, url, position] = [null as unknown as Pool, '', ''];
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  position = await readEventPosition(pool);
  const writer = createEventWriter(pool, { source });
  const body = deliver(Array.from({ length: events }, () => randomUUID()));
  await writer.write(body);
  await writer.close();
});

let relay: Relay;
let relayed: Pool;
beforeEach(async () => {
  const { hostname, port } = new URL(url);
  relay = await openRelay({ host: hostname, port: Number(port) });
  const through = new URL(url);
  through.host = `127.0.0.1:${relay.port}`;
  relayed = openPool(through.href);
  onTestFinished(async () => {
    await relayed.end();
    await relay.cut();
  });
});

const document = { release: '1.36.0', spec: 'x', operations: [], tests: new Map(), endpoints: [] };

async function write(draft: RunDraft, made: { progress?: Progress; signal?: AbortSignal; awayMs?: number } = {}) {
  const reasons: string[] = ['The run was interrupted.'];
  const written = await writeWithRetries(
    {
      ...{
        pool: relayed,
        draft,
        document,
        policy: null,
        pattern: null,
        compare: '9.99',
        release: '1.36.0',
        runId: 'run',
      },
      ...{ startedAt: new Date(), earlier: null, cwd: '/', results: { exitCode: 0, outcomes: null } },
      observed: {
        windows: { position, windows: [{ source, after: '', until: '9' }] },
        counters: { sent: events, errors: 0, stored: events, rejected: 0, uncertain: 0 },
        reasons: [],
      },
      limits: { ...limits, awayMs: made.awayMs ?? limits.awayMs },
      progress: made.progress ?? silentProgress,
      signal: made.signal ?? new AbortController().signal,
    },
    reasons,
  );
  return { isWritten: written !== null, reasons };
}

const countLines = (file: string): number => gunzipSync(readFileSync(file)).toString('latin1').split('\n').length - 1;

/** Calls `onOutage` as soon as SnoopDB is away. */
const watchOutage = (onOutage: () => void): Progress => ({
  ...silentProgress,
  step: (_title, work) => work(onOutage),
});

test('a SnoopDB that comes back while the documents are written loses nothing', async () => {
  const draft = RunDraft.create(join(await makeFolder(), 'run'));
  const open = vi.fn(() => void relay.open());
  const writing = write(draft, { progress: watchOutage(() => open.mock.calls.length === 0 && open()) });
  await vi.waitFor(() => expect(existsSync(draft.path('events.jsonl.gz'))).toBe(true), {
    interval: 1,
    timeout: 10_000,
  });
  await relay.cut();
  expect(await writing).toEqual({ isWritten: true, reasons: ['The run was interrupted.'] });
  expect(open).toHaveBeenCalled();
  expect(countLines(draft.path('events.jsonl.gz'))).toBe(events);
  expect(readdirSync(draft.folder).filter((name) => name.includes('.'))).toEqual([
    'agents.json',
    'coverage.json',
    'difference.json',
    'events.jsonl.gz',
    'failed.json',
    'hidden.json',
  ]);
});

test('a SnoopDB that stays away is a reason, in bounded time', async () => {
  const draft = RunDraft.create(join(await makeFolder(), 'run'));
  await relay.cut();
  expect(await write(draft, { awayMs: 500 })).toEqual({
    isWritten: false,
    reasons: ['The run was interrupted.', 'SnoopDB does not answer, so the events of the run were not read.'],
  });
  await relay.open();
});

test('an abort ends the tries', async () => {
  const draft = RunDraft.create(join(await makeFolder(), 'run'));
  await relay.cut();
  const abort = new AbortController();
  const progress = watchOutage(() => abort.abort());
  expect((await write(draft, { progress, signal: abort.signal })).isWritten).toBe(false);
  await relay.open();
});

async function mountSmall(folder: string): Promise<boolean> {
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  } catch {
    return false;
  }
  onTestFinished(async () => void (await run('umount', ['--lazy', folder])));
  return true;
}

test('on a full disk the events are missing, with the reason, and what is small is written', async ({ skip }) => {
  const disk = await makeFolder();
  if (!(await mountSmall(disk))) return skip('a small tmpfs cannot be mounted by this user');
  const draft = RunDraft.create(join(disk, 'run'));
  const { bavail, bsize } = await statfs(disk);
  await writeFile(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - 32 * 1024));
  const { isWritten, reasons } = await write(draft);
  expect(isWritten).toBe(true);
  expect(reasons).toEqual([
    'The run was interrupted.',
    `${draft.path('events.jsonl.gz')} cannot be written: no space is left on the disk.`,
  ]);
  expect(existsSync(draft.path('events.jsonl.gz'))).toBe(false);
  expect(existsSync(draft.path('coverage.json'))).toBe(true);
  // The connection that was to send more events was closed, so the pool is free.
  expect((await relayed.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  draft.freeReserve();
  draft.writeText('summary.md', 'x'.repeat(100_000));
});

test('a second audit run of a cluster is refused until the first ends', async () => {
  const second = () => withAuditRunLock(pool, 'uid', async () => 'ran');
  await withAuditRunLock(relayed, 'uid', async () => {
    await expect(second()).rejects.toThrow('Another audit run of this cluster is not finished');
    expect(await withAuditRunLock(pool, 'other', second).catch(() => 'refused')).toBe('refused');
  });
  expect(await second()).toBe('ran');
});

test('a killed run is written alone, and once', async () => {
  const folder = await makeFolder();
  const [server, out] = ['https://127.0.0.1:1', join(folder, 'run')];
  const kubeconfig = join(folder, 'kubeconfig');
  const named = {
    clusters: [{ name: 'c', cluster: { server } }],
    contexts: [{ name: 'c', context: { cluster: 'c' } }],
  };
  await writeFile(kubeconfig, JSON.stringify({ ...named, 'current-context': 'c' }));
  const options = { pool, out, target: { server, kubeconfig: { files: [kubeconfig], context: null } } };
  const recover = () => recoverRun(options as never, { suite: null } as never);
  // The cluster does not answer, so its address identifies it.
  await withAuditRunLock(relayed, server, () =>
    expect(recover()).rejects.toThrow('Another audit run of this cluster is not finished'),
  );
  // There is no draft: another process has written the run.
  await expect(recover()).resolves.toBe(undefined);
});

test('an audit run ends well after it lost its lock', async () => {
  const first = withAuditRunLock(relayed, 'uid', async () => {
    await relay.cut();
    return 'ran';
  });
  expect(await first).toBe('ran');
  await relay.open();
});
