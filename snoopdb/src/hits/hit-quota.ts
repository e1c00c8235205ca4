import type { EventOrigin } from '../events/audit-event.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { Hit } from './hit.ts';
import { lockNamedHitsExclusive } from '../postgres/locks.ts';
import { hitClass } from './recount-quota.ts';

type HitClass = 'live' | 'e2e' | 'other';

/** The agent that stands for those of a class that found no room. */
const otherAgent: Record<HitClass, string> = { live: 'live-test-other', e2e: 'e2e.test/other', other: 'other' };

interface Wanted {
  schema: 'testing' | 'public';
  limit: number;
  /** Rows of all sources together that senders named. */
  maxNamed: number;
  origin: Pick<EventOrigin, 'source' | 'release'>;
  hits: readonly Hit[];
}

/**
 * Sees to it that the agents of a source have a limited number of rows: they choose their names themselves. So do
 * senders with the names of sources, which have a limited number together. What finds no room comes back as one hit of
 * each endpoint, by an agent `other`. For live sources the numbers stand in testing.hit_quota, whose rows are held until
 * the transaction ends.
 */
export async function makeRoom(client: PoolClient, wanted: Wanted): Promise<Hit[]> {
  const { schema, limit, origin, hits } = wanted;
  const wantedRows = countClasses(hits);
  const classes = [...wantedRows.keys()].sort();
  const held = schema === 'testing' ? await takeQuota(client, origin.source) : await countHeld(client, origin);
  let roomOfNamed = schema === 'testing' ? await takeRoomOfNamed(client, wanted) : Number.POSITIVE_INFINITY;
  const rooms = new Map(classes.map((name) => [name, Math.max(0, limit - (held.get(name) ?? 0))]));
  const hasRoom = classes.every((name) => (wantedRows.get(name) ?? 0) <= (rooms.get(name) ?? 0));
  if (hasRoom && hits.length <= roomOfNamed) return [...hits];
  const known = await findKnown(client, wanted);
  const kept = new Map<string, Hit>();
  for (const [index, hit] of hits.entries()) {
    const name = classOf(hit);
    const room = rooms.get(name) ?? 0;
    if (known.has(index) || isOther(hit)) add(kept, hit);
    else if (room > 0 && roomOfNamed > 0) {
      rooms.set(name, room - 1);
      roomOfNamed--;
      add(kept, hit);
    } else add(kept, makeOther(hit));
  }
  return [...kept.values()];
}

/** Notes that rows were added; the transaction holds the quota's row. */
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
  for (const hit of hits) counts.set(classOf(hit), (counts.get(classOf(hit)) ?? 0) + 1);
  return counts;
}

function classOf(hit: Pick<Hit, 'agent' | 'testHit'>): HitClass {
  if (hit.agent.startsWith('live-test')) return 'live';
  return hit.testHit ? 'e2e' : 'other';
}

function isOther(hit: Hit): boolean {
  return hit.test === null && hit.agent === otherAgent[classOf(hit)];
}

/** Says for each new hit whether there is room for it: each class may have so many. */
export function createRoom(limit: number): (hit: Hit) => boolean {
  const counts = new Map<HitClass, number>();
  return (hit) => {
    const count = counts.get(classOf(hit)) ?? 0;
    counts.set(classOf(hit), count + 1);
    return count < limit;
  };
}

/** A hit as it counts when there is no room for its agent. */
export function makeOther(hit: Hit): Hit {
  return { ...hit, agent: otherAgent[classOf(hit)], test: null, testCut: false };
}

function add(kept: Map<string, Hit>, hit: Hit): void {
  const key = `${hit.endpoint}\n${hit.agent}\n${hit.test ?? ''}`;
  const before = kept.get(key);
  if (!before) kept.set(key, hit);
  else if (hit.confTestHit && !before.confTestHit) kept.set(key, { ...before, confTestHit: true });
}

/**
 * Locks the counts of a source, in their order, all of them: a transaction that needs one now may need another later.
 * All classes get their row at once, before any is locked:
 * who holds one and then makes another would wait for somebody who has that and wants this.
 */
async function takeQuota(client: PoolClient, source: string): Promise<Map<string, number>> {
  const there = await client.query('select from testing.hit_quota where source = $1', [source]);
  const all = Object.keys(otherAgent).sort();
  if ((there.rowCount ?? 0) < all.length) {
    await client.query(
      `insert into testing.hit_quota (source, class, hits)
       select $1, class, (select count(*) from testing.endpoint_hit where source = $1 and ${hitClass} = class)
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
 * How many rows the sources that senders named may still make; any number for another source. Until the transaction
 * ends no other transaction makes any, so the sum stays true.
 */
async function takeRoomOfNamed(client: PoolClient, { origin, maxNamed }: Wanted): Promise<number> {
  const named = await client.query('select from testing.named_source where source = $1', [origin.source]);
  if (named.rowCount === 0) return Number.POSITIVE_INFINITY;
  await client.query(lockNamedHitsExclusive());
  // A statement of its own: it sees what was committed while the lock was waited for.
  const found = await client.query<{ hits: number }>(
    'select coalesce(sum(hits), 0)::float8 as hits from testing.hit_quota join testing.named_source using (source)',
  );
  return Math.max(0, maxNamed - (found.rows[0]?.hits ?? 0));
}

async function countHeld(client: PoolClient, origin: Wanted['origin']): Promise<Map<string, number>> {
  const found = await client.query<{ class: string; hits: string }>(
    `select ${hitClass} as class, count(*) as hits from public.endpoint_hit where release = $1 and source = $2 group by 1`,
    [origin.release, origin.source],
  );
  return new Map(found.rows.map((row) => [row.class, Number(row.hits)]));
}

/** So many in one statement. */
const batchRows = 5000;

/** The places of those that have a row. */
async function findKnown(client: PoolClient, { schema, origin, hits }: Wanted): Promise<Set<number>> {
  const known = new Set<number>();
  for (let first = 0; first < hits.length; first += batchRows) {
    const batch = hits.slice(first, first + batchRows);
    for (const place of await findPlaces(client, schema, origin, batch)) known.add(first + place);
  }
  return known;
}

async function findPlaces(
  client: PoolClient,
  schema: Wanted['schema'],
  origin: Wanted['origin'],
  hits: readonly Hit[],
): Promise<number[]> {
  const found = await client.query<{ place: string }>(
    `select place
       from unnest($3::text[], $4::text[], $5::text[]) with ordinality as given (endpoint, useragent, test, place)
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
  return found.rows.map((row) => Number(row.place) - 1);
}
