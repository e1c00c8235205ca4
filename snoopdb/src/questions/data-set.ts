import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { isConformanceTest } from '../events/test-agent.ts';
import { readJsonDocument } from '../inputs/document.ts';
import type { LoadInput } from '../inputs/input.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { type CoverageDocument, readCoverage } from '../releases/coverage-document.ts';
import { publishedSource } from '../releases/published-hits.ts';
import { checkCoverage } from '../releases/published-totals.ts';
import { findAskedRelease } from './asked-release.ts';

/** One endpoint of a data set, and the e2e tests that hit it. */
export interface CoveredEndpoint {
  readonly level: string;
  readonly category: string;
  readonly tested: boolean;
  readonly confTested: boolean;
  readonly tests: readonly string[];
  /** Whether an e2e test with unknown name hit it. */
  readonly namelessHit: boolean;
}

/** Endpoints that are not deprecated, with their hits: of a release, one source of it, or a coverage file. */
export interface DataSet {
  /** As given by the user. */
  readonly name: string;
  readonly release: string;
  /** Where it comes from, for display. */
  readonly origin: string;
  /** Why it is incomplete, as a sentence; null: it is complete, or unknown. */
  readonly incomplete: string | null;
  /**
   * Whether unsuccessful requests (403, 404, 409 …) may count as hits. APISnoop's published coverage counts them; SnoopDB
   * counts only successful requests.
   */
  readonly countsFailures: boolean;
  /** Whether the endpoints are those of an OpenAPI document, so that an endpoint that it lacks was removed or deprecated. */
  readonly hasDocument: boolean;
  /** SHA-256 of a file, unpacked, in hex; null: not of a file. */
  readonly digest: string | null;
  readonly endpoints: ReadonlyMap<string, CoveredEndpoint>;
  /** Endpoints that no source of the data could see. They are not among `endpoints`, and change nothing. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * Reads the coverage of a release, or of one source of it.
 *
 * @param source a source in public.endpoint_hit; null: all sources
 * @throws SnoopDbError `unknown_release`, `no_coverage`, `bad_release`; `unknown_source`, with the existing sources
 */
export async function readReleaseDataSet(
  pool: Pool,
  name: string,
  release: string,
  source: string | null,
): Promise<DataSet> {
  const asked = await findAskedRelease(pool, release, 'coverage');
  if (source !== null) await checkSource(pool, asked.release, source);
  const found = await pool.query<CoveredEndpoint & { endpoint: string; unknown: boolean }>(readQuerySql('data-set'), [
    asked.release,
    source,
  ]);
  const facts = await pool.query<{ published: boolean; hasDocument: boolean }>(
    `select has_document as "hasDocument", ($3::text is null or $3 = $2) and exists (
              select from public.endpoint_hit where release = $1 and source = $2) as published
       from public.release_data where release = $1`,
    [asked.release, publishedSource, source],
  );
  return {
    name,
    release: asked.release,
    origin: source ?? asked.coverageOrigin ?? asked.origin,
    incomplete: source === null || source === publishedSource ? asked.incomplete : null,
    countsFailures: facts.rows[0]?.published === true,
    hasDocument: facts.rows[0]?.hasDocument === true,
    digest: null,
    endpoints: new Map(
      found.rows.flatMap(({ endpoint, unknown, ...covered }) => (unknown ? [] : [[endpoint, covered] as const])),
    ),
    unknown: new Set(found.rows.flatMap(({ endpoint, unknown }) => (unknown ? [endpoint] : []))),
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
    `Release ${release} has no hits from the source "${source}". Its sources: ${sources.join(', ') || 'none'}.`,
  );
}

/**
 * Reads a published coverage file. It is incomplete if `snoop export` marked it so, or if its totals contradict its list and
 * the ineligible endpoints.
 *
 * @throws SnoopDbError `bad_document`, `unreadable_input`
 */
export async function readFileDataSet(pool: Pool, input: LoadInput, signal?: AbortSignal): Promise<DataSet> {
  const { value, sha256 } = await readJsonDocument(input, signal === undefined ? {} : { signal });
  const coverage = readCoverage(value, input.name);
  const incomplete = await checkCoverage(pool, coverage);
  return { ...createDataSet(input.name, coverage), incomplete, digest: sha256 };
}

/** Converts a coverage file, without checking its totals. It does not say whether it counts unsuccessful requests. */
export function createDataSet(name: string, { release, endpoints, unknown, operations }: CoverageDocument): DataSet {
  const categories = new Map(operations.map(({ endpoint, category }) => [endpoint, category]));
  const covered = endpoints.map(({ endpoint, level, tested, conf_tested: confTested, tests }) => {
    const category = categories.get(endpoint) ?? '';
    // A hit without a matching test name comes from a test without a name.
    const namelessHit = (tested && tests.length === 0) || (confTested && !tests.some(isConformanceTest));
    return [endpoint, { level, category, tested, confTested, tests: [...tests].sort(), namelessHit }] as const;
  });
  return {
    name,
    release,
    origin: name,
    incomplete: null,
    countsFailures: true,
    hasDocument: false,
    digest: null,
    endpoints: new Map(covered),
    unknown: new Set(unknown.map(({ endpoint }) => endpoint)),
  };
}
