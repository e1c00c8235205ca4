import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases } from '../release.ts';
import { type AskedRelease, findAskedRelease } from './asked-release.ts';

/** Optional filters for hits. */
export interface HitFilter {
  /** A cluster, a CI run or a file. */
  readonly source?: string | undefined;
  /** Only hits of this release (live hits: of any patch version); it is also the release to compare with. */
  readonly release?: string | AskedRelease | undefined;
}

/** A client with successful requests. */
export interface SeenAgent {
  readonly agent: string;
  /** `live`, `loaded`, or both. */
  readonly seen: string[];
  readonly endpoints: number;
  readonly sources: number;
  /** ISO 8601; null: unknown. */
  readonly firstSeenAt: string | null;
}

/** Lists clients, those with the most endpoints first. */
export async function listAgents(pool: Pool, filter: HitFilter = {}): Promise<SeenAgent[]> {
  const release = filter.release === undefined ? null : await findAskedRelease(pool, filter.release, 'endpoints');
  const found = await pool.query<SeenAgent>(readQuerySql('agents'), [filter.source ?? null, release?.release ?? null]);
  return found.rows;
}

/** Lists the sources of hits (clusters, CI runs and files), sorted. */
export async function listSources(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ source: string }>(
    `select source from (
       select source from testing.endpoint_hit union select source from public.endpoint_hit
     ) as seen order by source collate "C"`,
  );
  return found.rows.map(({ source }) => source);
}

/** An endpoint that a client uses. */
export interface UsedEndpoint {
  readonly endpoint: string;
  /** null: neither the compared release nor a cluster's document has it. */
  readonly level: string | null;
  readonly deprecated: boolean | null;
  /** Whether an e2e test hits it; null: not in the release, deprecated, or unknown. */
  readonly tested: boolean | null;
  readonly confTested: boolean | null;
  readonly inRelease: boolean;
  readonly agents: string[];
  readonly sources: string[];
  readonly firstSeenAt: string | null;
}

export interface UsedSummary {
  readonly endpoints: number;
  readonly beta: number;
  readonly alpha: number;
  readonly deprecated: number;
  /** Endpoints of the release that are not deprecated and not hit by an e2e test. */
  readonly untested: number;
  readonly notInRelease: number;
}

export interface HitsAnswer {
  readonly release: AskedRelease;
  /** The matching agents. */
  readonly agents: string[];
  readonly summary: UsedSummary;
  readonly endpoints: UsedEndpoint[];
}

/**
 * Lists the endpoints that a client uses. Its agents are those that start with `name`, or else contain it, ignoring case.
 *
 * @throws SnoopDbError `no_baseline`, `unknown_release`, `bad_release`
 */
export async function askHits(pool: Pool, name: string, filter: HitFilter = {}): Promise<HitsAnswer> {
  const release = await findAskedRelease(pool, filter.release, 'endpoints');
  const only = filter.release === undefined ? undefined : release;
  const agents = pickAgents(name, await listAgents(pool, { ...filter, release: only }));
  const found = await pool.query<UsedEndpoint>(readQuerySql('hits'), [
    release.release,
    agents,
    filter.source ?? null,
    only?.release ?? null,
  ]);
  const count = (is: (endpoint: UsedEndpoint) => boolean): number => found.rows.filter(is).length;
  return {
    release,
    agents,
    summary: {
      endpoints: found.rows.length,
      beta: count(({ level }) => level === 'beta'),
      alpha: count(({ level }) => level === 'alpha'),
      deprecated: count(({ deprecated }) => deprecated === true),
      untested: count(({ tested }) => tested === false),
      notInRelease: count(({ inRelease }) => !inRelease),
    },
    endpoints: found.rows,
  };
}

/** Releases and sources in which a client was seen, for a query whose filter matched nothing. */
export interface AgentOrigins {
  /** The matching agents. */
  readonly agents: string[];
  /** Versions of clusters and releases of CI runs, oldest first. */
  readonly releases: string[];
  readonly sources: string[];
}

/** Finds the releases and sources of a client. Its agents are those of {@link askHits}. */
export async function findAgentOrigins(pool: Pool, name: string): Promise<AgentOrigins> {
  const agents = pickAgents(name, await listAgents(pool));
  const found = await pool.query<{ release: string | null; source: string }>(
    `select release, source from testing.endpoint_hit where useragent = any ($1)
     union select release, source from public.endpoint_hit where useragent = any ($1)`,
    [agents],
  );
  const releases = new Set(found.rows.flatMap(({ release }) => release ?? []));
  const sources = new Set(found.rows.map(({ source }) => source));
  return { agents, releases: [...releases].sort(compareReleases), sources: [...sources].sort() };
}

function pickAgents(name: string, seen: readonly SeenAgent[]): string[] {
  const wanted = name.toLowerCase();
  const agents = seen.map(({ agent }) => agent);
  const beginning = agents.filter((agent) => agent.toLowerCase().startsWith(wanted));
  return (beginning.length > 0 ? beginning : agents.filter((agent) => agent.toLowerCase().includes(wanted))).sort();
}
