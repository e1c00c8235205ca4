import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { isConformanceTest } from '../events/test-agent.ts';
import { readJsonDocument } from '../inputs/document.ts';
import type { LoadInput } from '../inputs/input.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { type CoverageDocument, readCoverage } from '../releases/coverage-document.ts';
import { findContradiction } from '../releases/published-coverage.ts';
import { publishedSource } from '../releases/published-hits.ts';
import { findAskedRelease } from './asked-release.ts';

/** One endpoint of a data set, and the e2e tests that hit it. */
export interface CoveredEndpoint {
  readonly level: string;
  readonly category: string;
  readonly tested: boolean;
  readonly confTested: boolean;
  readonly tests: readonly string[];
  /** Whether an e2e test whose name is not known hit it as well, or alone. */
  readonly namelessHit: boolean;
}

/** Endpoints that are not deprecated, and what was hit of them: a release, one source of it, or a coverage file. */
export interface DataSet {
  /** As it was asked for. */
  readonly name: string;
  readonly release: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  /** Why it is incomplete, in a sentence; null when it is sound, or when nobody knows. */
  readonly incomplete: string | null;
  /**
   * Whether requests without success (403, 404, 409 …) may be among its hits. APISnoop's published coverage counts them;
   * what SnoopDB counts from audit events are requests with success alone.
   */
  readonly countsFailures: boolean;
  readonly endpoints: ReadonlyMap<string, CoveredEndpoint>;
}

/**
 * Reads the coverage of a release, or what one source of it hit.
 *
 * @param source a source of public.endpoint_hit; null: all of them
 * @throws SnoopDbError `unknown_release`, `no_coverage`, `bad_release`; `unknown_source`, which names those there are
 */
export async function readReleaseDataSet(
  pool: Pool,
  name: string,
  release: string,
  source: string | null,
): Promise<DataSet> {
  const asked = await findAskedRelease(pool, release, 'coverage');
  if (source !== null) await checkSource(pool, asked.release, source);
  const found = await pool.query<CoveredEndpoint & { endpoint: string }>(readQuerySql('data-set'), [
    asked.release,
    source,
  ]);
  const published = await pool.query(
    'select from public.endpoint_hit where release = $1 and source = $2 and ($3::text is null or source = $3) limit 1',
    [asked.release, publishedSource, source],
  );
  return {
    name,
    release: asked.release,
    origin: source ?? asked.coverageOrigin ?? asked.origin,
    incomplete: source === null ? asked.incomplete : null,
    countsFailures: published.rowCount === 1,
    endpoints: new Map(found.rows.map(({ endpoint, ...covered }) => [endpoint, covered])),
  };
}

async function checkSource(pool: Pool, release: string, source: string): Promise<void> {
  const found = await pool.query<{ source: string }>(
    'select distinct source from public.endpoint_hit where release = $1 order by source',
    [release],
  );
  const sources = found.rows.map((row) => row.source);
  if (sources.includes(source)) return;
  throw new SnoopDbError(
    'unknown_source',
    `Release ${release} has no hits from the source "${source}". It has them from: ${sources.join(', ') || 'none'}.`,
  );
}

/**
 * Reads a published coverage file. One that `snoop export` marked as incomplete keeps its mark; whether another contradicts
 * itself is told by the ineligible endpoints that are loaded for its release.
 *
 * @throws SnoopDbError `bad_document`, `unreadable_input`
 */
export async function readFileDataSet(pool: Pool, input: LoadInput, signal?: AbortSignal): Promise<DataSet> {
  const { value } = await readJsonDocument(input, signal === undefined ? {} : { signal });
  const coverage = readCoverage(value, input.name);
  if (coverage.incomplete !== null) return { ...createDataSet(input.name, coverage), incomplete: coverage.incomplete };
  const ineligible = await pool.query<{ endpoint: string }>(
    `select endpoint from conformance.listed_ineligible where release = conformance.list_release('ineligible', $1)`,
    [coverage.release],
  );
  const incomplete = ineligible.rows.length === 0 ? null : findContradiction(coverage, ineligible.rows);
  return { ...createDataSet(input.name, coverage), incomplete };
}

/** A coverage file that was read, without a judgement about it. It does not say how its hits were counted. */
export function createDataSet(name: string, { release, endpoints, operations }: CoverageDocument): DataSet {
  const categories = new Map(operations.map(({ endpoint, category }) => [endpoint, category]));
  const covered = endpoints.map(({ endpoint, level, tested, conf_tested: confTested, tests }) => {
    const category = categories.get(endpoint) ?? '';
    // What no test with a name accounts for was hit by one without.
    const namelessHit = (tested && tests.length === 0) || (confTested && !tests.some(isConformanceTest));
    return [endpoint, { level, category, tested, confTested, tests: [...tests].sort(), namelessHit }] as const;
  });
  return { name, release, origin: name, incomplete: null, countsFailures: true, endpoints: new Map(covered) };
}
