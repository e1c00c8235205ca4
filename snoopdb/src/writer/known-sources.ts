import type { PoolClient } from 'pg';
import { loadSourceEndpoints, type SourceEndpoints, type SourceVersion } from '../clusters/source-endpoints.ts';
import { createAgentReader, type RememberingAgentReader } from '../events/agent-reader.ts';
import { KnownHits } from '../hits/known-hits.ts';
import { loadTestFinder } from '../hits/known-tests.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { type ForgottenMarks, loadForgottenMarks } from './forgotten-events.ts';

/** What a writer goes by while it stores events of a source. */
export interface SourceContext {
  resolver: EndpointResolver;
  forgotten: ForgottenMarks;
}

/** A cluster's endpoints are a few megabytes; one that serves more is not remembered beside others. */
const rememberedResolvers = 8;
const rememberedCharacters = 16 * 1024 * 1024;

/** What a writer has read of the database, for as long as it stays as it is there. */
export class KnownSources {
  readonly hits = new KnownHits();
  readonly agents: RememberingAgentReader = createAgentReader();
  /** Those that senders named, and the database has noted. */
  readonly #named = new Set<string>();
  #epoch = '';
  readonly #resolvers = new Map<string, Pick<SourceEndpoints, 'resolver' | 'characters'>>();
  #forgotten: { epoch: string; marks: ForgottenMarks } | null = null;
  /** The release whose tests were looked up, for names that were cut. */
  #testsOf: string | null = null;

  /** @param mark what the transaction has just read of the source */
  async refresh(client: PoolClient, source: string, mark: SourceVersion): Promise<SourceContext> {
    this.hits.enterEpoch(mark.epoch);
    if (mark.epoch !== this.#epoch) {
      this.#named.clear();
      // Endpoints may have other names now.
      this.#resolvers.clear();
    }
    this.#epoch = mark.epoch;
    if (this.#forgotten?.epoch !== mark.epoch) {
      this.#forgotten = { epoch: mark.epoch, marks: await loadForgottenMarks(client) };
    }
    const { marks } = this.#forgotten;
    await this.#useTestsOf(client, mark.baseline);
    return { resolver: await this.#findResolver(client, source, mark), forgotten: marks };
  }

  isNamed(source: string): boolean {
    return this.#named.has(source);
  }

  /** To be called after the commit, with the epoch that the transaction saw. */
  addNamed(source: string, epoch: string): void {
    if (epoch === this.#epoch) this.#named.add(source);
  }

  /** Names that were cut are completed with the tests of this release. */
  async #useTestsOf(client: PoolClient, baseline: string | null): Promise<void> {
    if (this.#testsOf === baseline) return;
    this.agents.useTests(await loadTestFinder(client, baseline));
    this.#testsOf = baseline;
  }

  async #findResolver(client: PoolClient, source: string, mark: SourceVersion): Promise<EndpointResolver> {
    // Sources without a document of their own share the baseline's endpoints.
    const key = [mark.baseline, mark.revision, mark.revision === 0 ? '' : source].join('\n');
    const known = this.#resolvers.get(key);
    this.#resolvers.delete(key);
    const { resolver, characters } = known ?? (await loadSourceEndpoints(client, source, mark));
    // The one used last stands last.
    this.#resolvers.set(key, { resolver, characters });
    this.#forgetOldest();
    return resolver;
  }

  #forgetOldest(): void {
    let characters = [...this.#resolvers.values()].reduce((sum, one) => sum + one.characters, 0);
    for (const [key, oldest] of this.#resolvers) {
      if (this.#resolvers.size <= rememberedResolvers && characters <= rememberedCharacters) return;
      if (this.#resolvers.size === 1) return;
      this.#resolvers.delete(key);
      characters -= oldest.characters;
    }
  }
}
