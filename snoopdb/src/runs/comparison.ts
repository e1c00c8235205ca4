import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { type Baseline, readBaseline } from '../releases/baseline-in-use.ts';
import { type CoverageBefore, countCoverage } from './coverage-change.ts';
import type { EndpointRow, RunRow } from './run-rows.ts';

/** Endpoints that others hit in the namespaces of a run's tests while they ran, found by time and namespace. */
export interface SideHit {
  endpoint: string;
  /** The agent of the controller or client. */
  agent: string;
  sentBy: 'controller' | 'other';
  /** Number of successful requests. */
  hits: number;
}

/** What a run is compared with. */
export interface Comparison {
  baseline: Baseline;
  before: CoverageBefore[];
  /** By name: at least all endpoints that the run's requests resolved to, and those of side hits. */
  endpoints: ReadonlyMap<string, EndpointRow>;
  sideHits: SideHit[];
}

const endpointColumns = `endpoint, level, kind, path, deprecated, in_baseline as "inBaseline", hit_by_ete as e2e,
  hit_by_conformance as conformance, eligible, reason, link, unknown`;

/**
 * Reads what a run is compared with: for a settled run what was stored with it, else the baseline in use.
 * @throws SnoopDbError `no_baseline`
 */
export async function readComparison(pool: Pool, run: RunRow): Promise<Comparison> {
  const stored = await readStoredComparison(pool, run.id);
  if (stored !== null) return stored;
  const sideHits = await pool.query<SideHit>(
    `select endpoint, useragent as agent, sent_by as "sentBy", requests::integer as hits
       from testing.list_side_hits($1) order by useragent, endpoint`,
    [run.id],
  );
  return { ...(await readPresentComparison(pool, run.sources)), sideHits: sideHits.rows };
}

async function readStoredComparison(pool: Pool, run: string): Promise<Comparison | null> {
  const [baselines, before, endpoints, sideHits] = await Promise.all([
    pool.query<Baseline>(
      `select release, release_date as "releaseDate", origin, incomplete, endpoints, tested, unknown
         from testing.run_baseline where run = $1`,
      [run],
    ),
    pool.query<CoverageBefore>(
      `select category as of, total_endpoints as total, old_coverage as tested, old_conformance_coverage as conformance
         from testing.run_coverage_before where run = $1
        order by array_position(array['eligible', 'stable', 'beta', 'alpha'], category)`,
      [run],
    ),
    pool.query<EndpointRow>(`select distinct ${endpointColumns} from testing.run_endpoint where run = $1`, [run]),
    pool.query<SideHit>(
      `select endpoint, useragent as agent, sent_by as "sentBy", hit_by_new_test::integer as hits
         from testing.run_endpoint where run = $1 and sent_by <> 'test' order by useragent, endpoint`,
      [run],
    ),
  ]);
  const [baseline] = baselines.rows;
  if (!baseline) return null;
  return { baseline, before: before.rows, endpoints: byName(endpoints.rows), sideHits: sideHits.rows };
}

/**
 * Reads the baseline in use, without side hits.
 * @param sources whose own endpoints are added
 * @throws SnoopDbError `no_baseline`
 */
export async function readPresentComparison(pool: Pool, sources: readonly string[]): Promise<Comparison> {
  const baseline = await readBaseline(pool);
  if (!baseline) {
    throw new SnoopDbError('no_baseline', "No baseline is loaded. Load one with 'snoop load baseline'.");
  }
  const endpoints = await readReleaseEndpoints(pool, baseline.release, sources);
  return { baseline, before: countCoverage(endpoints), endpoints: byName(endpoints), sideHits: [] };
}

/** Reads the endpoints of a release, and those that only the sources have. */
export async function readReleaseEndpoints(
  pool: Pool,
  release: string,
  sources: readonly string[],
): Promise<EndpointRow[]> {
  const found = await pool.query<EndpointRow>(`select ${endpointColumns} from testing.compare_endpoints($1, $2)`, [
    release,
    sources,
  ]);
  return found.rows;
}

function byName(endpoints: readonly EndpointRow[]): Map<string, EndpointRow> {
  return new Map(endpoints.map((endpoint) => [endpoint.endpoint, endpoint]));
}
