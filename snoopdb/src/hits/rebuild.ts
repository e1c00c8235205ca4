import type { Pool, PoolClient } from 'pg';
import { renameByBaseline } from '../clusters/live-names.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive, lockReleasesExclusive } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import type { Hit, Hits } from './hit.ts';
import { recountQuota } from './recount-quota.ts';
import { saveHits } from './save-hits.ts';
import { defaultSourceLimits } from './source-limits.ts';

export interface RebuildResult {
  /** Hits that events prove and that were missing. */
  added: number;
  /** Hits without proof. */
  deleted: number;
  /** Endpoints of releases for which public.endpoint_tested was wrong. */
  tested: number;
  /** Counts of testing.hit_quota that were wrong. */
  quota: number;
}

interface MissingHit {
  source: string;
  release: string | null;
  endpoint: string;
  useragent: string;
  test: string | null;
  test_hit: boolean;
  conf_test_hit: boolean;
  first_seen_at: Date | null;
  sample_verb: string | null;
  sample_uri: string | null;
  sample_code: number | null;
  test_cut: boolean;
}

/**
 * Rebuilds hits, and what is derived from them, from the stored events, and names endpoints by the baseline. Hits of a
 * coverage file or of a dropped partition's events stay. One transaction; no events are accepted meanwhile. Safe to run
 * twice.
 */
export function rebuildDatabase(pool: Pool): Promise<RebuildResult> {
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    await client.query(lockHitsExclusive());
    await renameByBaseline(client);
    let deleted = 0;
    let added = 0;
    for (const schema of ['testing', 'public'] as const) deleted += await deleteUnproven(client, schema);
    // The limits depend on these counts.
    let quota = await recountQuota(client);
    for (const schema of ['testing', 'public'] as const) added += await addMissing(client, schema);
    const tested = await correctTested(client);
    quota += await recountQuota(client);
    return { added, deleted, tested, quota };
  });
}

/**
 * Rebuilds the hits of a release's loaded events; those of a coverage file stay. The caller keeps other writers of hits
 * away.
 */
export async function rebuildLoadedHits(client: PoolClient, release: string): Promise<void> {
  await client.query(
    `delete from public.endpoint_hit as hit
      where hit.release = $1
        and (hit.first_seen_at is not null
             or exists (
               select from public.loaded_file as file
                where file.what = 'audit' and file.release = hit.release and file.source = hit.source))`,
    [release],
  );
  await addMissing(client, 'public', release);
}

const kinds = { testing: 'live', public: 'loaded' } as const;

async function deleteUnproven(client: PoolClient, schema: 'testing' | 'public'): Promise<number> {
  const deleted = await client.query(
    `delete from ${schema}.endpoint_hit as hit using (${readQuerySql(`unproven-${kinds[schema]}-hits`)}) as unproven
      where hit.source = unproven.source and hit.endpoint = unproven.endpoint and hit.useragent = unproven.useragent
        and hit.release is not distinct from unproven.release and hit.test is not distinct from unproven.test`,
  );
  return deleted.rowCount ?? 0;
}

/** @param release limits it to this one */
async function addMissing(client: PoolClient, schema: 'testing' | 'public', release?: string): Promise<number> {
  const found = await client.query<MissingHit>(
    `select * from (${readQuerySql(`missing-${kinds[schema]}-hits`)}) as missing
      where $1::text is null or release = $1`,
    [release ?? null],
  );
  const maxNamed = await readMaxNamed(client);
  const origins = new Map<string, MissingHit[]>();
  for (const row of found.rows) {
    const origin = JSON.stringify([row.source, row.release]);
    const known = origins.get(origin);
    if (known) known.push(row);
    else origins.set(origin, [row]);
  }
  for (const rows of origins.values()) {
    const [first] = rows;
    if (!first) continue;
    const hits: Hits = new Map(rows.map((row) => [`${row.endpoint}\n${row.useragent}\n${row.test ?? ''}`, toHit(row)]));
    await saveHits(client, hits, first, { schema, maxNamed });
    if (schema === 'testing') await setFirstSeen(client, first, rows);
  }
  return found.rows.length;
}

/** The limit that the auditlogger uses. */
async function readMaxNamed(client: PoolClient): Promise<number> {
  const found = await client.query<{ most: number }>('select max_hits::float8 as most from testing.live_upkeep');
  return found.rows[0]?.most ?? defaultSourceLimits.maxHits;
}

function toHit(row: MissingHit): Hit {
  return {
    endpoint: row.endpoint,
    agent: row.useragent,
    test: row.test,
    testHit: row.test_hit,
    confTestHit: row.conf_test_hit,
    testCut: row.test_cut,
    firstSeenAt: row.first_seen_at === null ? null : row.first_seen_at.getTime() * 1000,
    sampleVerb: row.sample_verb,
    sampleUri: row.sample_uri,
    sampleCode: row.sample_code,
  };
}

/** saveHits() sets the time of its transaction; these events are older. */
async function setFirstSeen(
  client: PoolClient,
  { source, release }: MissingHit,
  rows: readonly MissingHit[],
): Promise<void> {
  await client.query(
    `update testing.endpoint_hit as hit set first_seen_at = given.at
       from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) as given (endpoint, useragent, test, at)
      where hit.source = $1 and hit.release is not distinct from $6 and hit.endpoint = given.endpoint and hit.useragent = given.useragent
        and hit.test is not distinct from given.test and given.at < hit.first_seen_at`,
    [
      source,
      rows.map((row) => row.endpoint),
      rows.map((row) => row.useragent),
      rows.map((row) => row.test),
      rows.map((row) => row.first_seen_at),
      release,
    ],
  );
}

async function correctTested(client: PoolClient): Promise<number> {
  const wrong = await client.query<{ count: number }>(
    `with wrong as materialized (${readQuerySql('wrong-tested')})
     select count(*)::integer as count, public.gather_tested(array_agg(release), array_agg(endpoint)) from wrong having count(*) > 0`,
  );
  return wrong.rows[0]?.count ?? 0;
}
