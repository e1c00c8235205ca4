import type { PoolClient } from 'pg';
import { loadSourceEndpoints, type SourceEndpoints, type SourceVersion } from '../clusters/source-endpoints.ts';
import { createAgentReader, type CachingAgentReader } from '../events/agent-reader.ts';
import { KnownHits } from '../hits/known-hits.ts';
import { loadTestFinder } from '../hits/known-tests.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { type RemovalMarks, loadRemovalMarks } from './removal-marks.ts';

/** What a writer needs to store events of a source. */
export interface SourceContext {
  resolver: EndpointResolver;
  removalMarks: RemovalMarks;
}

/** A resolver takes a few megabytes; larger ones are not cached beside others. */
const maxResolvers = 8;
const maxCharacters = 16 * 1024 * 1024;

/** What a writer has read from the database, until it changes there. */
export class KnownSources {
  readonly hits = new KnownHits();
  readonly agents: CachingAgentReader = createAgentReader();
  /** The recorded sources that senders named. */
  readonly #named = new Set<string>();
  #epoch = '';
  readonly #resolvers = new Map<string, Pick<SourceEndpoints, 'resolver' | 'characters'>>();
  #forgotten: { epoch: string; marks: RemovalMarks } | null = null;
  /** The release whose tests complete truncated names. */
  #testsOf: string | null = null;

  /** @param mark of the source, read in this transaction */
  async refresh(client: PoolClient, source: string, mark: SourceVersion): Promise<SourceContext> {
    this.hits.setEpoch(mark.epoch);
    if (mark.epoch !== this.#epoch) {
      this.#named.clear();
      // Endpoints may have been renamed.
      this.#resolvers.clear();
    }
    this.#epoch = mark.epoch;
    if (this.#forgotten?.epoch !== mark.epoch) {
      this.#forgotten = { epoch: mark.epoch, marks: await loadRemovalMarks(client) };
    }
    const { marks } = this.#forgotten;
    await this.#loadTests(client, mark.baseline);
    return { resolver: await this.#findResolver(client, source, mark), removalMarks: marks };
  }

  isNamed(source: string): boolean {
    return this.#named.has(source);
  }

  /** Call it after the commit, with the epoch of the transaction. */
  addNamed(source: string, epoch: string): void {
    if (epoch === this.#epoch) this.#named.add(source);
  }

  /** Loads the tests that complete truncated names. */
  async #loadTests(client: PoolClient, baseline: string | null): Promise<void> {
    if (this.#testsOf === baseline) return;
    this.agents.setTestFinder(await loadTestFinder(client, baseline));
    this.#testsOf = baseline;
  }

  async #findResolver(client: PoolClient, source: string, mark: SourceVersion): Promise<EndpointResolver> {
    // Sources without their own document share the baseline's endpoints.
    const key = [mark.baseline, mark.revision, mark.revision === 0 ? '' : source].join('\n');
    const known = this.#resolvers.get(key);
    this.#resolvers.delete(key);
    const { resolver, characters } = known ?? (await loadSourceEndpoints(client, source, mark));
    // Moved to the end: the most recently used.
    this.#resolvers.set(key, { resolver, characters });
    this.#evictOldest();
    return resolver;
  }

  #evictOldest(): void {
    let characters = [...this.#resolvers.values()].reduce((sum, one) => sum + one.characters, 0);
    for (const [key, oldest] of this.#resolvers) {
      if (this.#resolvers.size <= maxResolvers && characters <= maxCharacters) return;
      if (this.#resolvers.size === 1) return;
      this.#resolvers.delete(key);
      characters -= oldest.characters;
    }
  }
}
