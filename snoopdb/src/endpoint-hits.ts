import type { PoolClient } from 'pg';
import type { AuditEvent } from './audit-event.ts';
import type { EventOrigin } from './event-row.ts';

interface Hit {
  endpoint: string;
  agent: string;
  test: string | null;
  testHit: boolean;
  confTestHit: boolean;
}

/** Hits by key. The key is made of what makes a row of testing.endpoint_hit one. */
export type Hits = Map<string, Hit>;

/** The hits that events prove, without those that `known` says are committed already. */
export function findHits(
  events: Iterable<Pick<AuditEvent, 'agent' | 'endpoint' | 'isHit'>>,
  origin: Pick<EventOrigin, 'release'>,
  known?: KnownHits,
): Hits {
  const hits: Hits = new Map();
  for (const { agent, endpoint, isHit } of events) {
    if (!isHit || endpoint === null) continue;
    const name = agent?.name ?? '';
    const test = agent?.test ?? null;
    const key = `${origin.release ?? ''}\n${endpoint}\n${name}\n${test ?? ''}`;
    if (known?.has(key) || hits.has(key)) continue;
    hits.set(key, {
      endpoint,
      agent: name,
      test,
      testHit: agent?.testHit ?? false,
      confTestHit: agent?.confTestHit ?? false,
    });
  }
  return hits;
}

/** Writes hits that are not there yet, in the order of their keys: two writers could wait for each other otherwise. */
export async function saveHits(
  client: PoolClient,
  hits: Hits,
  origin: Pick<EventOrigin, 'source' | 'release'>,
): Promise<void> {
  if (hits.size === 0) return;
  const rows = [...hits].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, hit]) => hit);
  await client.query(
    `insert into testing.endpoint_hit (source, release, endpoint, useragent, test, test_hit, conf_test_hit)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[])
     on conflict do nothing`,
    [
      origin.source,
      origin.release,
      rows.map((hit) => hit.endpoint),
      rows.map((hit) => hit.agent),
      rows.map((hit) => hit.test),
      rows.map((hit) => hit.testHit),
      rows.map((hit) => hit.confTestHit),
    ],
  );
}

/** Remembers keys of hits that are committed, the newest ones, up to a number of characters. */
export class KnownHits {
  readonly #keys = new Set<string>();
  readonly #maxCharacters: number;
  #characters = 0;

  constructor(maxCharacters = 8_000_000) {
    this.#maxCharacters = maxCharacters;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** To be called after the commit, never before. */
  add(hits: Hits): void {
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
}
