import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  checkDatabase,
  createEventWriter,
  type EventWriter,
  loadClusterDocument,
  readLiveFill,
  rebuildDatabase,
  resetLive,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { smallDocument } from '../support/small-document.ts';
import { loadSmallRelease } from '../support/small-release.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => loadSmallRelease(database.pool, '1.36.0'));
afterEach(() => database.empty());
afterAll(() => database.drop());

function openWriter(limits: { maxSources?: number; maxHits?: number }): EventWriter {
  const writer = createEventWriter(database.pool, {
    source: 'own',
    limits: { maxSources: 64, maxHits: 1_000_000, ...limits },
  });
  onTestFinished(() => writer.close());
  return writer;
}

/** Stores an event by each agent, in one body. */
function store(writer: EventWriter, source: string, agents: readonly string[] = ['kubectl'], isAcknowledged = false) {
  return writer.write(writeBody(agents.map((userAgent) => writeEvent({ userAgent }))), { source, isAcknowledged });
}

/** Its events resolve. */
async function serveDocument(source: string): Promise<void> {
  await loadClusterDocument(database.pool, { source, version: '1.36.0', etag: 'e', document: smallDocument });
}

async function listNamed(): Promise<string[]> {
  const { rows } = await database.pool.query<{ source: string }>(
    'select source from testing.named_source order by source',
  );
  return rows.map(({ source }) => source);
}

const tooMany = { code: 'too_many_sources' };

test('the limit of named sources applies to all writers of a database, without their own source', async () => {
  const first = openWriter({ maxSources: 2 });
  for (const source of ['a', 'own', 'b', 'a']) await store(first, source);
  await expect(store(first, 'c')).rejects.toMatchObject(tooMany);
  expect(['a', 'b', 'c', 'own'].filter((source) => first.isKnownSource(source))).toEqual(['a', 'b', 'own']);
  // One that is started later finds them known.
  const second = openWriter({ maxSources: 2 });
  expect(second.isKnownSource('a')).toBe(false);
  await expect(store(second, 'd')).rejects.toMatchObject(tooMany);
  await store(second, 'b');
  const { rows } = await database.pool.query('select distinct source from testing.audit_event order by source');
  expect(rows.map(({ source }) => source)).toEqual(['a', 'b', 'own']);
  // What was promised is stored.
  await store(second, 'e', ['kubectl'], true);
  expect(await listNamed()).toEqual(['a', 'b', 'e']);
});

test('concurrent writers do not exceed the limit of named sources', async () => {
  const writers = [openWriter({ maxSources: 3 }), openWriter({ maxSources: 3 })];
  const names = Array.from({ length: 12 }, (_, n) => `source-${n}`);
  const outcomes = await Promise.allSettled(
    names.map((name, n) => store(writers[n % writers.length] ?? openWriter({}), name)),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(tooMany);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(await listNamed()).toHaveLength(3);
});

test('concurrent writers do not exceed the limit of hits; further hits share one row for each endpoint', async () => {
  const names = Array.from({ length: 5 }, (_, n) => `source-${n}`);
  const limits = { maxHits: 12 };
  for (const source of [...names, 'own']) await serveDocument(source);
  await Promise.all(
    names.flatMap((name) =>
      [1, 2].map(async (lane) => {
        const writer = openWriter(limits);
        for (let at = 0; at < 4; at++) await store(writer, name, [`agent-${lane}-${at}`, `live-test-${lane}-${at}`]);
      }),
    ),
  );
  const own = openWriter(limits);
  await store(
    own,
    'own',
    Array.from({ length: 20 }, (_, n) => `agent-${n}`),
  );
  const { rows } = await database.pool.query<{ source: string; own_row: number; others: number }>(
    `select case when source = 'own' then source else 'named' end as source,
            count(*) filter (where useragent not in ('other', 'live-test-other'))::integer as own_row,
            count(*) filter (where useragent in ('other', 'live-test-other'))::integer as others
       from testing.endpoint_hit group by 1 order by 1`,
  );
  expect(rows).toEqual([
    { source: 'named', own_row: expect.any(Number), others: expect.any(Number) },
    { source: 'own', own_row: 20, others: 0 },
  ]);
  // The others count, too: with some of them fewer rows are left for agents by name.
  const named = rows[0];
  expect(named?.own_row).toBeGreaterThan(0);
  expect(named?.own_row).toBeLessThanOrEqual(limits.maxHits);
  expect(named?.others).toBeLessThanOrEqual(names.length * 2);
  expect((named?.own_row ?? 0) + (named?.others ?? 0)).toBeGreaterThanOrEqual(limits.maxHits);
  expect((await readLiveFill(database.pool)).named).toEqual({
    sources: names.length,
    hits: (named?.own_row ?? 0) + (named?.others ?? 0),
  });
  expect((await checkDatabase(database.pool)).differences).toEqual([]);
  // A known hit needs no room.
  const before = await database.pool.query('select count(*) from testing.endpoint_hit');
  await store(openWriter(limits), names[0] ?? '', ['agent-1-0', 'agent-2-0', 'agent-1-3']);
  expect((await database.pool.query('select count(*) from testing.endpoint_hit')).rows).toEqual(before.rows);
});

test('loaded events do not count, and a rebuild keeps the recorded limit', async () => {
  await database.pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test_hit, conf_test_hit)
       select '1.36.0', 'loaded-' || n, 'listCoreV1NamespacedPod', 'e2e.test/' || n, true, false from generate_series(1, 70) as n`,
  );
  await serveDocument('a');
  const writer = openWriter({ maxSources: 1 });
  await store(writer, 'a', ['one', 'two', 'three']);
  expect((await readLiveFill(database.pool)).named).toEqual({ sources: 1, hits: 3 });
  await database.pool.query(
    `insert into testing.live_upkeep (max_rows, max_bytes, max_age, max_sources, max_hits) values (1, 1, '1 day', 1, 2)`,
  );
  await database.pool.query('delete from testing.endpoint_hit');
  await rebuildDatabase(database.pool);
  const { rows } = await database.pool.query('select useragent from testing.endpoint_hit order by useragent');
  expect(rows.map(({ useragent }) => useragent)).toHaveLength(3);
  expect(rows.map(({ useragent }) => useragent)).toContain('other');
});

test('forgetting everything makes room, even for a writer that has cached the sources', async () => {
  await serveDocument('a');
  const writer = openWriter({ maxSources: 1 });
  await store(writer, 'a');
  await resetLive(database.pool, { all: true });
  expect(await listNamed()).toEqual([]);
  await store(openWriter({ maxSources: 1 }), 'b');
  expect(await listNamed()).toEqual(['b']);
  await store(writer, 'own');
  await expect(store(writer, 'a')).rejects.toMatchObject(tooMany);
});
