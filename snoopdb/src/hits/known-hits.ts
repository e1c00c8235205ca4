import type { Agent } from '../events/test-agent.ts';
import type { HitOrigin, Hits } from './hit.ts';

/** So many endpoints are noted of agents, all together. */
const mostNoted = 200_000;

/** Remembers keys of hits that are committed, the newest ones, up to a number of characters. */
export class KnownHits {
  readonly #keys = new Set<string>();
  #ofAgents = new WeakMap<Agent, { origin: HitOrigin; endpoints: Set<string> }>();
  #noted = 0;
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
    this.#noted += 1;
    if (this.#noted > mostNoted) this.#forgetAgents();
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
    this.#forgetAgents();
    this.#characters = 0;
  }

  #forgetAgents(): void {
    this.#ofAgents = new WeakMap();
    this.#noted = 0;
  }
}

function isSameOrigin(one: HitOrigin, other: HitOrigin): boolean {
  return one.source === other.source && one.release === other.release;
}
