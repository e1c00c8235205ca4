import type { EventOrigin } from '../events/audit-event.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { Hit } from './hit.ts';
import { lockNamedHitsExclusive } from '../postgres/locks.ts';
import { hitClassSql } from './recount-quota.ts';

type HitClass = 'live' | 'e2e' | 'other';

/** The agent for hits beyond the limit. */
const otherAgent: Record<HitClass, string> = { live: 'live-test-other', e2e: 'e2e.test/other', other: 'other' };

interface HitRequest {
  schema: 'testing' | 'public';
  limit: number;
  /** Rows for all sources that senders named. */
  maxNamed: number;
  origin: Pick<EventOrigin, 'source' | 'release'>;
  hits: readonly Hit[];
}

/**
 * Limits the rows of a source's agents, since they choose their names themselves, and those of all sources that senders
 * named. Hits beyond the limits become one hit per endpoint, by an agent `other`. The counts of live sources are in
 * testing.hit_quota, whose rows stay locked until the transaction ends.
 */
export async function limitHits(client: PoolClient, wanted: HitRequest): Promise<Hit[]> {
  const { schema, limit, origin, hits } = wanted;
  const wantedRows = countClasses(hits);
  const classes = [...wantedRows.keys()].sort();
  const existing = schema === 'testing' ? await lockQuota(client, origin.source) : await countExisting(client, origin);
  let namedRoom = schema === 'testing' ? await lockNamedRoom(client, wanted) : Number.POSITIVE_INFINITY;
  const rooms = new Map(classes.map((name) => [name, Math.max(0, limit - (existing.get(name) ?? 0))]));
  const hasRoom = classes.every((name) => (wantedRows.get(name) ?? 0) <= (rooms.get(name) ?? 0));
  if (hasRoom && hits.length <= namedRoom) return [...hits];
  const known = await findExisting(client, wanted);
  const kept = new Map<string, Hit>();
  for (const [index, hit] of hits.entries()) {
    const name = readClass(hit);
    const room = rooms.get(name) ?? 0;
    if (known.has(index) || isOther(hit)) add(kept, hit);
    else if (room > 0 && namedRoom > 0) {
      rooms.set(name, room - 1);
      namedRoom--;
      add(kept, hit);
    } else add(kept, toOtherHit(hit));
  }
  return [...kept.values()];
}

/** Adds to the counts; the transaction has locked the quota's rows. */
export async function addToQuota(
  client: PoolClient,
  source: string,
  added: ReadonlyMap<string, number>,
): Promise<void> {
  if (added.size === 0) return;
  await client.query(
    `update testing.hit_quota as quota set hits = quota.hits + added.hits
       from unnest($2::text[], $3::bigint[]) as added (class, hits)
      where quota.source = $1 and quota.class = added.class`,
    [source, [...added.keys()], [...added.values()]],
  );
}

function countClasses(hits: readonly Hit[]): Map<HitClass, number> {
  const counts = new Map<HitClass, number>();
  for (const hit of hits) counts.set(readClass(hit), (counts.get(readClass(hit)) ?? 0) + 1);
  return counts;
}

function readClass(hit: Pick<Hit, 'agent' | 'testHit'>): HitClass {
  if (hit.agent.startsWith('live-test')) return 'live';
  return hit.testHit ? 'e2e' : 'other';
}

function isOther(hit: Hit): boolean {
  return hit.test === null && hit.agent === otherAgent[readClass(hit)];
}

/** Creates a function that says whether a new hit is within its class's limit. */
export function createHitLimiter(limit: number): (hit: Hit) => boolean {
  const counts = new Map<HitClass, number>();
  return (hit) => {
    const count = counts.get(readClass(hit)) ?? 0;
    counts.set(readClass(hit), count + 1);
    return count < limit;
  };
}

/** The hit that replaces one beyond the limit. */
export function toOtherHit(hit: Hit): Hit {
  return { ...hit, agent: otherAgent[readClass(hit)], test: null, testCut: false };
}

function add(kept: Map<string, Hit>, hit: Hit): void {
  const key = `${hit.endpoint}\n${hit.agent}\n${hit.test ?? ''}`;
  const before = kept.get(key);
  if (!before) kept.set(key, hit);
  else if (hit.confTestHit && !before.confTestHit) kept.set(key, { ...before, confTestHit: true });
}

/**
 * Locks all counts of a source, in a fixed order: the transaction may need the others later. All rows are inserted before
 * any is locked, otherwise two transactions could deadlock.
 */
async function lockQuota(client: PoolClient, source: string): Promise<Map<string, number>> {
  const existing = await client.query('select from testing.hit_quota where source = $1', [source]);
  const all = Object.keys(otherAgent).sort();
  if ((existing.rowCount ?? 0) < all.length) {
    await client.query(
      `insert into testing.hit_quota (source, class, hits)
       select $1, class, (select count(*) from testing.endpoint_hit where source = $1 and ${hitClassSql} = class)
         from unnest($2::text[]) as class order by class
       on conflict do nothing`,
      [source, all],
    );
  }
  const found = await client.query<{ class: string; hits: string }>(
    'select class, hits from testing.hit_quota where source = $1 order by class for update',
    [source],
  );
  return new Map(found.rows.map((row) => [row.class, Number(row.hits)]));
}

/**
 * The rows that sources named by senders may still add; infinite for other sources. Other transactions add none until
 * this one ends, so the sum stays correct.
 */
async function lockNamedRoom(client: PoolClient, { origin, maxNamed }: HitRequest): Promise<number> {
  const named = await client.query('select from testing.named_source where source = $1', [origin.source]);
  if (named.rowCount === 0) return Number.POSITIVE_INFINITY;
  await client.query(lockNamedHitsExclusive());
  // A separate statement, to see what was committed while it waited for the lock.
  const found = await client.query<{ hits: number }>(
    'select coalesce(sum(hits), 0)::float8 as hits from testing.hit_quota join testing.named_source using (source)',
  );
  return Math.max(0, maxNamed - (found.rows[0]?.hits ?? 0));
}

async function countExisting(client: PoolClient, origin: HitRequest['origin']): Promise<Map<string, number>> {
  const found = await client.query<{ class: string; hits: string }>(
    `select ${hitClassSql} as class, count(*) as hits from public.endpoint_hit where release = $1 and source = $2 group by 1`,
    [origin.release, origin.source],
  );
  return new Map(found.rows.map((row) => [row.class, Number(row.hits)]));
}

/** Rows of one statement. */
const batchRows = 5000;

/** Finds the indexes of hits that already have a row. */
async function findExisting(client: PoolClient, { schema, origin, hits }: HitRequest): Promise<Set<number>> {
  const known = new Set<number>();
  for (let first = 0; first < hits.length; first += batchRows) {
    const batch = hits.slice(first, first + batchRows);
    for (const index of await findExistingInBatch(client, schema, origin, batch)) known.add(first + index);
  }
  return known;
}

async function findExistingInBatch(
  client: PoolClient,
  schema: HitRequest['schema'],
  origin: HitRequest['origin'],
  hits: readonly Hit[],
): Promise<number[]> {
  const found = await client.query<{ position: string }>(
    `select position
       from unnest($3::text[], $4::text[], $5::text[]) with ordinality as given (endpoint, useragent, test, position)
       join ${schema}.endpoint_hit as hit
         on hit.endpoint = given.endpoint and hit.source = $1 and hit.release is not distinct from $2
        and md5(hit.useragent) = md5(given.useragent) and md5(coalesce(hit.test, '')) = md5(coalesce(given.test, ''))`,
    [
      origin.source,
      origin.release,
      hits.map((hit) => hit.endpoint),
      hits.map((hit) => hit.agent),
      hits.map((hit) => hit.test),
    ],
  );
  return found.rows.map((row) => Number(row.position) - 1);
}
