import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  askRecorded,
  countRemovable,
  createEventWriter,
  findRun,
  runLiveTableUpkeep,
  readLiveFill,
  resetLive,
  type RunRecord,
  saveRun,
  useNearestBaseline,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import {
  terminateBackends,
  loadSmallDocument,
  smallBounds,
  source,
  startLiveTableUser,
  waitUntil,
  writeRequests,
} from '../support/live-table.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => loadSmallDocument(database.pool));
afterEach(() => database.checkAndEmpty());
afterAll(() => database.drop());

async function ask(sql: string): Promise<unknown[]> {
  const found = await database.pool.query({ text: sql, rowMode: 'array' });
  return found.rows.map((row) => (row.length === 1 ? row[0] : row));
}

const events = 'select audit_id from testing.audit_event order by audit_id';
const hits = `select endpoint, useragent, coalesce(test, '-') from testing.endpoint_hit order by endpoint, useragent, test`;
const pods = '/api/v1/pods';
const namespace = '/api/v1/namespaces/a';

const describeRun = (id: string, startedAt = new Date()): RunRecord => createRun({ id, sources: [source], startedAt });

describe('reset of a run', () => {
  test('removes the hits that only the run proved, and keeps the others with another request', async () => {
    const { pool } = database;
    await writeRequests(pool, [{ id: 'r1.1' }, { id: 'r1.2', uri: pods }, { id: 'r1.3', uri: namespace, verb: 'get' }]);
    await writeRequests(pool, [{ id: 'r2.1' }, { id: 'r10.1', agent: 'live-test-writing -- another', uri: pods }]);
    await pool.query(
      `update testing.endpoint_hit set first_seen_at = first_seen_at - interval '1 hour' where endpoint = 'readNamespace'`,
    );
    await saveRun(pool, describeRun('r1'));
    expect(await countRemovable(pool, { run: 'r1' })).toEqual({ events: 3, requests: 3, hits: 3, runs: 1 });

    const reset = await resetLive(pool, { run: 'r1' });
    expect(reset).toMatchObject({ hits: 1, runs: 1, removed: 3 });
    expect(await ask(events)).toEqual(['r10.1', 'r2.1']);
    expect(await ask(hits)).toEqual([
      ['listNamespacedPod', 'live-test-writing', 'a test'],
      ['listPodForAllNamespaces', 'live-test-writing', 'another'],
      // It is older than what was forgotten.
      ['readNamespace', 'live-test-writing', 'a test'],
    ]);
    const [left] = await ask(`
      select hit.first_seen_at = event.ingested_at at time zone 'utc'
        from testing.endpoint_hit as hit, testing.audit_event as event where hit.endpoint = 'listNamespacedPod' and event.audit_id = 'r2.1'`);
    expect(left).toBe(true);
    await pool.query(`delete from testing.endpoint_hit where endpoint = 'readNamespace'`);
    await pool.query(
      `update testing.hit_quota set hits = (select count(*) from testing.endpoint_hit) where class = 'live'`,
    );
  });

  test('restores nothing from late bodies, repeated or new', async () => {
    const { pool } = database;
    const writer = createEventWriter(pool, { source });
    const body = writeBody([writeEvent({ auditID: 'r1.1' }), writeEvent({ auditID: 'r2.1', requestURI: pods })]);
    await writer.write(body);
    await resetLive(pool, { run: 'r1' });
    expect(await ask(events)).toEqual(['r2.1']);

    expect((await writer.write(body)).repeated).toBe(true);
    await writer.write(
      writeBody([writeEvent({ auditID: 'r1.1' }), writeEvent({ auditID: 'r1.2', requestURI: namespace, verb: 'get' })]),
    );
    // One that cannot be stored is rejected, and hidden there.
    await writer.write(writeBody([writeEvent({ auditID: 'r1.3', x: 'y' }).replace('"y"', '"\\u0000"')]));
    await writer.close();
    expect(await ask(events)).toEqual(['r2.1']);
    expect(await ask('select count(*)::int from testing.rejected_event')).toEqual([0]);
    expect(await ask(hits)).toEqual([['listPodForAllNamespaces', 'live-test-writing', 'a test']]);
    const requests = [createRunRequest({ auditId: 'r2.1', path: pods })];
    await saveRun(pool, { ...describeRun('r2'), requests });
    expect([...(await askRecorded(pool, 'r2', ['r1.1', 'r1.3', 'r2.1']))]).toEqual(['r2.1']);
  });

  test('is not undone by the journal of the run, and a query reports when the run was removed', async () => {
    const { pool } = database;
    expect(await saveRun(pool, describeRun('20261121-030501-aaaaaa'))).toBe(true);
    const { forgottenAt } = await resetLive(pool, { run: '20261121-030501-aaaaaa' });
    expect(await saveRun(pool, describeRun('20261121-030501-aaaaaa'))).toBe(false);
    expect(await ask('select id from testing.run')).toEqual([]);
    await expect(findRun(pool, '20261121-03')).rejects.toMatchObject({
      code: 'unknown_run',
      message: `The run "20261121-030501-aaaaaa" was removed at ${forgottenAt.toISOString()} by 'snoop db reset-live'. Run its tests again.`,
    });
  });

  test('refuses an id that no audit id can begin with', async () => {
    for (const run of ['', 'a.b'])
      await expect(resetLive(database.pool, { run })).rejects.toMatchObject({ code: 'bad_run' });
  });
});

test('reset of an agent removes its events so far, in all its tests, and its counts', async () => {
  const { pool } = database;
  await useNearestBaseline(pool, '1.36.3');
  await writeRequests(pool, [{ id: 'a.0' }, { id: 'a.00' }]);
  await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 1 });
  await writeRequests(pool, [
    { id: 'a.1' },
    { id: 'a.2', agent: 'live-test-writing -- another', uri: pods },
    { id: 'a.3', agent: 'live-test-writing-too', uri: pods },
    { id: 'a.4', agent: 'kubectl/v1 -- x', uri: pods },
  ]);
  expect(await countRemovable(pool, { agent: 'live-test-writing' })).toEqual({
    events: 2,
    requests: 2,
    hits: 2,
    runs: 0,
  });
  await resetLive(pool, { agent: 'live-test-writing' });
  expect(await ask(events)).toEqual(['a.3', 'a.4']);
  expect(await ask('select * from testing.dropped_request')).toEqual([]);
  await resetLive(pool, { agent: 'kubectl/v1 -- x' });
  expect(await ask(events)).toEqual(['a.3']);
  // The baseline names the endpoints, not the cluster's document.
  expect(await ask(hits)).toEqual([['listCoreV1PodForAllNamespaces', 'live-test-writing-too', '-']]);

  // What it did before is late; what it does now counts.
  await writeRequests(pool, [{ id: 'b.1', uri: namespace, verb: 'get' }]);
  await writeRequests(pool, [{ id: 'b.2', at: new Date(Date.now() + 60_000).toISOString() }]);
  expect(await ask(events)).toEqual(['a.3', 'b.2']);
  expect(await ask(hits)).toEqual([
    ['listCoreV1NamespacedPod', 'live-test-writing', 'a test'],
    ['listCoreV1PodForAllNamespaces', 'live-test-writing-too', '-'],
  ]);
});

test('reset of everything keeps only later events', async () => {
  const { pool } = database;
  await writeRequests(
    pool,
    Array.from({ length: 50 }, (_, number) => ({
      id: `a.${number}`,
      agent: number % 2 ? 'kubectl/v1' : 'live-test-writing',
    })),
  );
  await saveRun(pool, describeRun('r1'));
  const removed: number[] = [];
  const reset = await resetLive(pool, { all: true }, { onProgress: (progress) => removed.push(progress.removed) });
  expect(reset).toMatchObject({ hits: 2, runs: 1, removed: 50 });
  expect(removed.at(-1)).toBe(50);
  expect([await ask('select from testing.held_event'), await ask(hits)]).toEqual([[], []]);
  await writeRequests(pool, [{ id: 'b.1' }, { id: 'b.2', at: new Date(Date.now() + 60_000).toISOString() }]);
  expect(await ask(events)).toEqual(['b.2']);
  expect(await saveRun(pool, describeRun('r1', new Date(Date.now() - 60_000)))).toBe(false);
  expect(await saveRun(pool, describeRun('r2', new Date(Date.now() + 60_000)))).toBe(true);
  expect((await readLiveFill(pool)).forgottenLeft).toBe(0);
});

test('reset is atomic while others write, and keeps their hits', async () => {
  const { pool } = database;
  let isResetting = true;
  const write = async (name: string): Promise<void> => {
    const writer = createEventWriter(pool, { source });
    for (let body = 0; isResetting || body < 20; body += 1) {
      const fresh = new Date(Date.now() + 3_600_000).toISOString();
      await writer.write(
        writeBody([
          writeEvent({
            auditID: `r${body % 20}.${name}`,
            n: body,
            requestURI: body % 2 === 0 ? pods : namespace,
            verb: body % 2 === 0 ? 'list' : 'get',
          }),
          writeEvent({
            auditID: `${name}${body}.1`,
            n: body,
            userAgent: 'live-test-other-agent',
            requestReceivedTimestamp: fresh,
          }),
        ]),
      );
    }
    await writer.close();
  };
  const writing = ['a', 'b'].map(write);
  for (let run = 0; run < 20; run += 1) {
    if (run === 10) await resetLive(pool, { agent: 'live-test-other-agent' });
    await resetLive(pool, { run: `r${run}` });
  }
  isResetting = false;
  await Promise.all(writing);
  expect(await ask(`select count(*)::int from testing.audit_event where audit_id ~ '^r[0-9]+[.]'`)).toEqual([0]);
  expect(await ask(hits)).toEqual([['listNamespacedPod', 'live-test-other-agent', '-']]);
});

test('upkeep finishes the reset of a killed process', async () => {
  const { pool, url } = database;
  // More than one batch.
  await pool.query(
    `insert into testing.held_event (audit_id, useragent, test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision, live_agent)
     select 'r1.' || i, 'live-test-writing', false, false, '{}', 'a cluster', false, false, 0, 'live-test-writing' from generate_series(1, 5000) as i`,
  );
  const blocker = await pool.connect();
  await blocker.query(`begin; select from testing.held_event where audit_id = 'r1.3500' for update`);
  const { child, ended } = startLiveTableUser(url, 'reset', { run: 'r1' });
  await waitUntil(
    pool,
    `select from pg_stat_activity where application_name = 'live table user' and wait_event_type = 'Lock' and query like '%delete from testing.held_event%'`,
  );
  expect(await ask(events)).toEqual([]);
  const [left] = (await ask('select count(*)::int from testing.held_event')) as [number];
  expect(left).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await ended;
  await terminateBackends(pool);
  await blocker.query('rollback');
  blocker.release();
  expect((await readLiveFill(pool)).forgottenLeft).toBe(1);
  await runLiveTableUpkeep(pool, { ...smallBounds, maxRows: 1_000_000 });
  expect(await ask('select count(*)::int from testing.held_event')).toEqual([0]);
  expect((await readLiveFill(pool)).forgottenLeft).toBe(0);
});
