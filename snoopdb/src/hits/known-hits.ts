import type { Agent } from '../events/test-agent.ts';
import type { HitOrigin, Hits } from './hit.ts';

/** Limit for endpoints of all agents. */
const maxAgentEndpoints = 200_000;

/** The keys of committed hits, the newest ones, up to a number of characters. */
export class KnownHits {
  readonly #keys = new Set<string>();
  #ofAgents = new WeakMap<Agent, { origin: HitOrigin; endpoints: Set<string> }>();
  #agentEndpoints = 0;
  readonly #maxCharacters: number;
  #characters = 0;
  #epoch = '';

  constructor(maxCharacters = 8_000_000) {
    this.#maxCharacters = maxCharacters;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Like {@link has}, but by the agent object, without a key. */
  hasForAgent(agent: Agent, origin: HitOrigin, endpoint: string): boolean {
    const known = this.#ofAgents.get(agent);
    return known !== undefined && isSameOrigin(known.origin, origin) && known.endpoints.has(endpoint);
  }

  /** Call it when {@link has} is true. A committed hit stays so when its key is evicted. */
  addForAgent(agent: Agent, origin: HitOrigin, endpoint: string): void {
    this.#agentEndpoints += 1;
    if (this.#agentEndpoints > maxAgentEndpoints) this.#clearAgents();
    const known = this.#ofAgents.get(agent);
    if (known && isSameOrigin(known.origin, origin)) known.endpoints.add(endpoint);
    else this.#ofAgents.set(agent, { origin, endpoints: new Set([endpoint]) });
  }

  /** Call it after the commit, with the epoch of the transaction. */
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

  /** Clears everything if hits were deleted, or the database has changed. */
  setEpoch(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#keys.clear();
    this.#clearAgents();
    this.#characters = 0;
  }

  #clearAgents(): void {
    this.#ofAgents = new WeakMap();
    this.#agentEndpoints = 0;
  }
}

function isSameOrigin(one: HitOrigin, other: HitOrigin): boolean {
  return one.source === other.source && one.release === other.release;
}
