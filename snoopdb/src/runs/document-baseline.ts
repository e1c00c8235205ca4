import type { Pool } from 'pg';
import { loadReleaseResolver } from '../clusters/source-endpoints.ts';
import { readReleaseEndpoints } from './comparison.ts';
import { countCoverage } from './coverage-change.ts';
import type { DocumentEndpoint, RunDocument } from './run-document.ts';
import type { EndpointRow } from './run-rows.ts';

/** What a run document says of its baseline, or of a request's endpoint, and what follows from the loaded data. */
export interface BaselineDifference {
  /** An endpoint, a group of endpoints (`stable`), or a request (`GET /version`). */
  readonly of: string;
  readonly field: string;
  readonly claimed: string | number | boolean | null;
  readonly loaded: string | number | boolean | null;
}

const fields = {
  level: 'level',
  deprecated: 'deprecated',
  in_baseline: 'inBaseline',
  hit_by_ete: 'e2e',
  hit_by_conformance: 'conformance',
  eligible: 'eligible',
  kind: 'kind',
  path: 'path',
  reason: 'reason',
  link: 'link',
  unknown: 'unknown',
} as const satisfies Partial<Record<keyof DocumentEndpoint, keyof EndpointRow>>;

/**
 * Compares what a run document says of its baseline with the loaded data of the same release, and resolves its requests
 * again.
 *
 * @returns null: the release is not loaded
 */
export async function compareDocumentBaseline(pool: Pool, document: RunDocument): Promise<BaselineDifference[] | null> {
  const { release } = document.baseline;
  const rows = await readReleaseEndpoints(pool, release, []);
  if (rows.length === 0) return null;
  return [
    ...(await compareCompleteness(pool, document)),
    ...compareTotals(document, rows),
    ...compareEndpoints(document, rows),
    ...(await compareResolution(pool, document)),
  ];
}

/** With incomplete data, the number of newly hit endpoints is not certain. */
async function compareCompleteness(pool: Pool, { baseline }: RunDocument): Promise<BaselineDifference[]> {
  const found = await pool.query<{ incomplete: string | null }>(
    'select incomplete from public.release_data where release = $1',
    [baseline.release],
  );
  const loaded = found.rows[0]?.incomplete ?? null;
  if (loaded === null || baseline.incomplete !== null) return [];
  return [{ of: 'the baseline', field: 'incomplete', claimed: null, loaded }];
}

function compareTotals({ coverage_before: before }: RunDocument, rows: readonly EndpointRow[]): BaselineDifference[] {
  const loaded = new Map<string, ReturnType<typeof countCoverage>[number]>(
    countCoverage(rows).map((one) => [one.of, one]),
  );
  return before.flatMap((claimed) => {
    const found = loaded.get(claimed.category);
    const pairs = [
      ['total_endpoints', claimed.total_endpoints, found?.total],
      ['old_coverage', claimed.old_coverage, found?.tested],
      ['old_conformance_coverage', claimed.old_conformance_coverage, found?.conformance],
    ] as const;
    return pairs.flatMap(([field, was, is = null]) =>
      was === is ? [] : [{ of: claimed.category, field, claimed: was, loaded: is }],
    );
  });
}

function compareEndpoints({ endpoints }: RunDocument, rows: readonly EndpointRow[]): BaselineDifference[] {
  const known = new Map(rows.map((row) => [row.endpoint, row]));
  const claims = new Map(endpoints.map((claimed) => [claimed.endpoint, claimed]));
  return [...claims.values()].flatMap((claimed) => {
    const row = known.get(claimed.endpoint);
    // Only clusters have it: the release does not know it.
    if (row === undefined && !claimed.in_baseline) return [];
    if (row === undefined) return [{ of: claimed.endpoint, field: 'in_baseline', claimed: true, loaded: false }];
    return Object.entries(fields).flatMap(([field, name]) => {
      // Documents of earlier versions lack "unknown".
      const was = claimed[field as keyof typeof fields] ?? (field === 'unknown' ? false : null);
      // What a document leaves out claims nothing.
      return was === null || was === row[name]
        ? []
        : [{ of: claimed.endpoint, field, claimed: was, loaded: row[name] }];
    });
  });
}

/** A request proves a hit of the endpoint that its method and path lead to, whatever the document says. */
async function compareResolution(pool: Pool, document: RunDocument): Promise<BaselineDifference[]> {
  const resolver = await loadReleaseResolver(pool, document.baseline.release);
  const inBaseline = new Set(document.endpoints.flatMap((one) => (one.in_baseline ? [one.endpoint] : [])));
  const requests = new Map(document.requests.map((request) => [request.audit_id, request]));
  const found = new Map<string, BaselineDifference>();
  for (const { audit_id: id, verb, endpoint } of document.evidence) {
    const request = requests.get(id);
    if (endpoint === null || request === undefined || !inBaseline.has(endpoint)) continue;
    const { method, request_uri: requestURI } = request;
    const loaded = resolver.resolve({ verb: verb ?? '', requestURI, method }).endpoint;
    const of = `${method} ${requestURI}`;
    if (loaded !== endpoint) found.set(of, { of, field: 'endpoint', claimed: endpoint, loaded });
  }
  return [...found.values()];
}
