import type { PoolClient } from 'pg';
import type { AuditEvent } from '../events/audit-event.ts';
import type { EventOrigin } from '../rows/event-row.ts';
import { addToQuota, makeOther, makeRoom } from './hit-quota.ts';
import { hitClass } from './recount-quota.ts';
import { cutText } from '../postgres/storable-text.ts';
import type { Agent } from '../events/test-agent.ts';

export interface Hit {
  endpoint: string;
  agent: string;
  test: string | null;
  testHit: boolean;
  confTestHit: boolean;
  testCut: boolean;
  /** When its first request was received, in microseconds since 1970; null: that is not known. */
  firstSeenAt: number | null;
  sampleVerb: string | null;
  sampleUri: string | null;
  sampleCode: number | null;
}

/** Hits by key. The key is made of what makes a row of testing.endpoint_hit one. */
export type Hits = Map<string, Hit>;

/** What of an event matters here. */
export type HittingEvent = Pick<AuditEvent, 'agent' | 'endpoint' | 'isHit'> & Partial<Pick<AuditEvent, 'slice'>>;

/** What tells hits apart beside what is in their events; the source only where hits of several meet. */
type HitOrigin = Pick<EventOrigin, 'release'> & Partial<Pick<EventOrigin, 'source'>>;

/** A sender chooses these: so much of them is kept. The API server cuts the whole agent at 1024 bytes. */
const longestName = 1100;
const longestSampleUri = 500;

/**
 * The hits that events prove, without those that `known` says are committed already.
 * @param hits where they are added
 * @param hasRoom whether a new one may be told apart from others; else it is an `other`
 * @param ofAgent what was found before, by agent: a sender has few agents and sends them with every event
 */
export function findHits(
  events: Iterable<HittingEvent>,
  origin: HitOrigin,
  known?: KnownHits,
  hits: Hits = new Map(),
  hasRoom: (hit: Hit) => boolean = () => true,
  ofAgent?: HitsOfAgents,
): Hits {
  for (const event of events) {
    const { agent, endpoint, isHit } = event;
    if (!isHit || endpoint === null) continue;
    const found = agent && ofAgent?.get(agent)?.get(endpoint);
    if (found) {
      noteSeen(found, event);
      continue;
    }
    if (agent && known?.hasFor(agent, origin, endpoint)) continue;
    const name = agent ? cutText(agent.name, longestName) : '';
    const test = agent?.test ? cutText(agent.test, longestName) : null;
    const key = makeKey(origin, endpoint, name, test);
    if (known?.has(key)) {
      if (agent) known.noteFor(agent, origin, endpoint);
      continue;
    }
    const before = hits.get(key);
    if (before) {
      noteSeen(before, event);
      if (agent && ofAgent) rememberHit(ofAgent, agent, before);
      continue;
    }
    const hit = makeHit(endpoint, name, test, event);
    if (hasRoom(hit)) hits.set(key, hit);
    else addOther(hits, makeOther(hit), origin);
  }
  return hits;
}

/** Of an agent's object: one that is no longer remembered by its reader is forgotten here too. */
export type HitsOfAgents = WeakMap<Agent, Map<string, Hit>>;

function rememberHit(ofAgent: HitsOfAgents, agent: Agent, hit: Hit): void {
  const known = ofAgent.get(agent);
  if (known) known.set(hit.endpoint, hit);
  else ofAgent.set(agent, new Map([[hit.endpoint, hit]]));
}

function makeKey(origin: HitOrigin, endpoint: string, agent: string, test: string | null): string {
  return `${origin.source ?? ''}\n${origin.release ?? ''}\n${endpoint}\n${agent}\n${test ?? ''}`;
}

function makeHit(endpoint: string, name: string, test: string | null, { agent, slice }: HittingEvent): Hit {
  return {
    endpoint,
    agent: name,
    test,
    testHit: agent?.testHit ?? false,
    confTestHit: agent?.confTestHit ?? false,
    testCut: agent?.testCut ?? false,
    firstSeenAt: slice?.requestedAt ?? null,
    sampleVerb: slice?.verb ?? null,
    sampleUri: slice?.requestUri ? cutText(slice.requestUri, longestSampleUri) : null,
    sampleCode: slice?.code ?? null,
  };
}

function noteSeen(hit: Hit, { slice }: HittingEvent): void {
  const seenAt = slice?.requestedAt ?? null;
  if (seenAt !== null && seenAt < (hit.firstSeenAt ?? Number.POSITIVE_INFINITY)) hit.firstSeenAt = seenAt;
}

function addOther(hits: Hits, other: Hit, origin: HitOrigin): void {
  const key = makeKey(origin, other.endpoint, other.agent, other.test);
  const before = hits.get(key);
  if (!before) hits.set(key, other);
  else before.confTestHit ||= other.confTestHit;
}

export interface SaveOptions {
  /** `testing` for live events, `public` for those of a release's test runs; live unless told. */
  schema?: 'testing' | 'public';
  /** Rows that the agents of one class of one source may have. */
  limit?: number;
}

/** So many in one statement. */
const batchRows = 5000;

/** Rows of hits that one class of agents of a source (live tests, e2e tests, all others) may make. */
export const defaultHitLimit = 100_000;

/**
 * Writes hits that are not there yet, in the order of their keys: two writers could wait for each other otherwise.
 * Beyond the limit new agents and tests go into one row of each endpoint, with the agent `other`.
 */
export async function saveHits(
  client: PoolClient,
  hits: Hits,
  origin: Pick<EventOrigin, 'source' | 'release'>,
  { schema = 'testing', limit = defaultHitLimit }: SaveOptions = {},
): Promise<void> {
  if (hits.size === 0) return;
  // The lock that the triggers of public hits take: taken before the first row, two loads of a source do not wait for each
  // other's, and the limit is not given twice. Those of live hits wait at their rows of the quota.
  if (schema === 'public') await client.query('select pg_advisory_xact_lock(7306, 4)');
  const sorted = [...hits].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, hit]) => hit);
  const roomy = await makeRoom(client, { schema, limit, origin, hits: sorted });
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

/** Returns how many are new, by class. */
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
     returning xmax = 0 as is_new, ${hitClass} as class`,
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

/** Remembers keys of hits that are committed, the newest ones, up to a number of characters. */
export class KnownHits {
  readonly #keys = new Set<string>();
  #ofAgents = new WeakMap<Agent, { origin: HitOrigin; endpoints: Set<string> }>();
  readonly #maxCharacters: number;
  #characters = 0;
  #epoch = '';

  constructor(maxCharacters = 8_000_000) {
    this.#maxCharacters = maxCharacters;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The same, for who has the agent's object at hand: without making a key of it. */
  hasFor(agent: Agent, origin: HitOrigin, endpoint: string): boolean {
    const known = this.#ofAgents.get(agent);
    return known !== undefined && isSameOrigin(known.origin, origin) && known.endpoints.has(endpoint);
  }

  /** To be called with what {@link has} said yes to. What was committed once stays so, also when its key is dropped. */
  noteFor(agent: Agent, origin: HitOrigin, endpoint: string): void {
    const known = this.#ofAgents.get(agent);
    if (known && isSameOrigin(known.origin, origin)) known.endpoints.add(endpoint);
    else this.#ofAgents.set(agent, { origin, endpoints: new Set([endpoint]) });
  }

  /** To be called after the commit, never before, with the epoch that the transaction saw. */
  add(hits: Hits, epoch: string): void {
    if (epoch !== this.#epoch) return;
    for (const key of hits.keys()) {
      if (this.#keys.has(key)) continue;
      this.#keys.add(key);
      this.#characters += key.length;
    }
    for (const key of this.#keys) {
      if (this.#characters <= this.#maxCharacters) break;
      this.#keys.delete(key);
      this.#characters -= key.length;
    }
  }

  /** Forgets everything when hits were deleted, or the database is another one: what it remembers may be gone. */
  enterEpoch(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#keys.clear();
    this.#ofAgents = new WeakMap();
    this.#characters = 0;
  }
}

function isSameOrigin(one: HitOrigin, other: HitOrigin): boolean {
  return one.source === other.source && one.release === other.release;
}
