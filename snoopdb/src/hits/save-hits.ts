import type { EventOrigin } from '../events/audit-event.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockTestedExclusive } from '../postgres/locks.ts';
import { addToQuota, limitHits } from './hit-quota.ts';
import type { Hit, Hits } from './hit.ts';
import { hitClassSql } from './recount-quota.ts';
import { defaultSourceLimits } from './source-limits.ts';

export interface SaveOptions {
  /** `testing` (default) for live events, `public` for those of a release's test runs. */
  schema?: 'testing' | 'public';
  /** Rows for one class of agents of a source. */
  limit?: number;
  /** Rows for all live sources that senders named. */
  maxNamed?: number;
}

/** Rows of one statement. */
const batchRows = 5000;

/** Rows of hits for one class of a source's agents: live tests, e2e tests, others. */
export const defaultHitLimit = 100_000;

/**
 * Inserts new hits, in the order of their keys to avoid deadlocks. Beyond the limit new agents and tests share one row
 * per endpoint, with the agent `other`.
 */
export async function saveHits(
  client: PoolClient,
  hits: Hits,
  origin: Pick<EventOrigin, 'source' | 'release'>,
  { schema = 'testing', limit = defaultHitLimit, maxNamed = defaultSourceLimits.maxHits }: SaveOptions = {},
): Promise<void> {
  if (hits.size === 0) return;
  // The triggers of public hits take this lock. Taken before the first row, two loads cannot deadlock or both use the
  // same room. Writers of live hits wait at their rows of the quota.
  if (schema === 'public') await client.query(lockTestedExclusive());
  const sorted = [...hits].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, hit]) => hit);
  const roomy = await limitHits(client, { schema, limit, maxNamed, origin, hits: sorted });
  const added = new Map<string, number>();
  for (let at = 0; at < roomy.length; at += batchRows) {
    const batch = await insertHits(client, roomy.slice(at, at + batchRows), origin, schema);
    for (const [name, count] of batch) added.set(name, (added.get(name) ?? 0) + count);
  }
  if (schema === 'testing') await addToQuota(client, origin.source, added);
}

const keys = {
  testing: `endpoint, source, coalesce(release, ''), md5(useragent), md5(coalesce(test, ''))`,
  public: `release, endpoint, source, md5(useragent), md5(coalesce(test, ''))`,
} as const;

/** Returns the number of new hits by class. */
async function insertHits(
  client: PoolClient,
  hits: readonly Hit[],
  origin: Pick<EventOrigin, 'source' | 'release'>,
  schema: 'testing' | 'public',
): Promise<Map<string, number>> {
  const firstSeen = schema === 'public' ? 'to_timestamp(first_seen_at / 1e6)' : 'now()';
  const earlier = schema === 'public' ? 'or excluded.first_seen_at < hit.first_seen_at' : '';
  const added = await client.query<{ is_new: boolean; class: string }>(
    `insert into ${schema}.endpoint_hit as hit (source, release, endpoint, useragent, test, test_hit, conf_test_hit, test_cut,
       first_seen_at, sample_verb, sample_uri, sample_code)
     select $1, $2, endpoint, useragent, test, test_hit, conf_test_hit, test_cut, ${firstSeen}, sample_verb, sample_uri, sample_code
       from unnest($3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::boolean[], $9::float8[],
                   $10::text[], $11::text[], $12::integer[])
         as given (endpoint, useragent, test, test_hit, conf_test_hit, test_cut, first_seen_at, sample_verb, sample_uri, sample_code)
     on conflict (${keys[schema]}) do update
       set conf_test_hit = hit.conf_test_hit or excluded.conf_test_hit,
           test_cut = hit.test_cut and excluded.test_cut,
           first_seen_at = least(hit.first_seen_at, excluded.first_seen_at)
       where (excluded.conf_test_hit and not hit.conf_test_hit) or (hit.test_cut and not excluded.test_cut) ${earlier}
     returning xmax = 0 as is_new, ${hitClassSql} as class`,
    [
      origin.source,
      origin.release,
      hits.map((hit) => hit.endpoint),
      hits.map((hit) => hit.agent),
      hits.map((hit) => hit.test),
      hits.map((hit) => hit.testHit),
      hits.map((hit) => hit.confTestHit),
      hits.map((hit) => hit.testCut),
      hits.map((hit) => hit.firstSeenAt),
      hits.map((hit) => hit.sampleVerb),
      hits.map((hit) => hit.sampleUri),
      hits.map((hit) => hit.sampleCode),
    ],
  );
  const counts = new Map<string, number>();
  for (const row of added.rows) if (row.is_new) counts.set(row.class, (counts.get(row.class) ?? 0) + 1);
  return counts;
}
