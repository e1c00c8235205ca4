import type { Pool, PoolClient } from 'pg';
import { followBaseline } from '../clusters/live-names.ts';
import { SnoopDbError } from '../errors.ts';
import { type ReadDocument, readJsonDocument } from '../inputs/document.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { applyCalendar } from './calendar.ts';
import { type CoverageDocument, readCoverage } from './coverage-document.ts';
import { replaceTests } from './lists.ts';
import { listNotes, type LoadedDocument, recordLoad } from './loaded-document.ts';
import { replacePublishedHits } from './published-hits.ts';
import { checkCoverage, pickTotals } from './published-totals.ts';
import {
  describeDifference,
  listResolvedAgain,
  replaceEndpoints,
  replacePublishedLevels,
} from './release-endpoints.ts';
import { analyzeReleases } from './statistics.ts';
import { replaceUnknown } from './unknown-coverage.ts';

/** @property incomplete why the coverage is incomplete, in a sentence; null if it is complete */
export interface LoadedCoverage extends LoadedDocument {
  incomplete: string | null;
}

/**
 * Loads the published coverage of a release: what its tests hit, its levels, its tests. If no OpenAPI document of the
 * release is loaded, also its endpoints.
 * @param options.release expected release; a file of another one is refused
 * @throws SnoopDbError `bad_document`, also if the OpenAPI document of the release has other endpoints; `bad_release`,
 *   `unreadable_input`. Nothing is changed then
 */
export async function loadCoverage(
  pool: Pool,
  input: LoadInput,
  options: { release?: string; signal?: AbortSignal } = {},
): Promise<LoadedCoverage> {
  const document = await readJsonDocument(input, options);
  return storeCoverage(pool, document, readCoverage(document.value, input.name, options.release), options);
}

/**
 * Stores a checked coverage file.
 * @param options.replaceAll replace an OpenAPI document with other endpoints; by default the file is refused then
 */
export function storeCoverage(
  pool: Pool,
  document: ReadDocument,
  coverage: CoverageDocument,
  { signal, replaceAll = false }: { signal?: AbortSignal; replaceAll?: boolean },
): Promise<LoadedCoverage> {
  const { release } = coverage;
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    const incomplete = await checkCoverage(client, coverage);
    const difference = await compareWithDocument(client, coverage);
    if (difference !== null && difference !== 'none' && !replaceAll)
      throw createMismatch(document.name, release, difference);
    const hasDocument = difference === 'none';
    await client.query(
      `insert into public.release_data (release, release_date, origin, coverage_origin, incomplete, sources, has_document,
         published_spec, published_totals)
       values ($1, $2, $3, $3, $4, $5, false, $7, $8)
       on conflict (release) do update set
         release_date = coalesce(excluded.release_date, release_data.release_date),
         origin = case when $6 then release_data.origin else excluded.origin end,
         coverage_origin = excluded.coverage_origin, incomplete = excluded.incomplete, sources = excluded.sources,
         has_document = $6, shared_names = case when $6 then release_data.shared_names else '{}' end, published_spec = excluded.published_spec, published_totals = excluded.published_totals,
         digest = null, for_questions = false, loaded_at = now()`,
      [
        release,
        coverage.release_date,
        document.name,
        incomplete,
        coverage.sources,
        hasDocument,
        coverage.spec,
        pickTotals(coverage),
      ],
    );
    await replacePublishedLevels(client, release, [...coverage.endpoints, ...coverage.unknown]);
    if (hasDocument) await applySpec(client, release);
    const again = hasDocument ? null : await replaceEndpoints(client, release, coverage.spec, coverage.operations);
    await replacePublishedHits(client, release, coverage.endpoints);
    await replaceUnknown(client, release, coverage.unknown);
    const owner = { release, origin: document.name, own: false };
    const listed = await replaceTests(client, owner, coverage.conformance);
    await applyCalendar(client);
    await followBaseline(client);
    await analyzeReleases(client);
    const loaded: LoadedCoverage = {
      what: 'coverage',
      name: document.name,
      release,
      read: coverage.endpoints.length,
      stored: coverage.endpoints.length,
      notes: listNotes([
        [coverage.endpoints.filter((one) => one.tested).length, 'tested endpoints'],
        [listed ? coverage.conformance.length : 0, 'conformance tests with their release'],
        [coverage.unknown.length, 'endpoints with unknown coverage'],
        [coverage.withoutName, 'tests without a name, skipped'],
        [hasDocument ? 0 : coverage.withoutMethod, 'endpoints with an unknown HTTP method, counted as GET'],
        ...(again === null ? [] : listResolvedAgain(again)),
      ]),
      incomplete,
    };
    await recordLoad(client, document, loaded);
    signal?.throwIfAborted();
    return loaded;
  });
}

/** Sets the document's URL as published; if the file has none, the name of the loaded document. */
async function applySpec(client: PoolClient, release: string): Promise<void> {
  await client.query(
    `update public.open_api as api set spec = coalesce(data.published_spec, data.origin)
       from public.release_data as data
      where api.release = $1 and data.release = $1 and api.spec is distinct from coalesce(data.published_spec, data.origin)`,
    [release],
  );
}

/**
 * @returns how the endpoints differ from those of the OpenAPI document: `none` if they do not; null if none is loaded
 */
async function compareWithDocument(client: PoolClient, coverage: CoverageDocument): Promise<string | null> {
  const known = await client.query<{ endpoint: string; shared_names: string[] }>(
    `select endpoint, data.shared_names from public.open_api as api join public.release_data as data using (release)
      where release = $1 and data.has_document and not api.deprecated`,
    [coverage.release],
  );
  if (known.rows.length === 0) return null;
  const ours = known.rows.map((row) => row.endpoint);
  const published = [...coverage.endpoints, ...coverage.unknown].map((one) => one.endpoint);
  return describeDifference(ours, published, known.rows[0]?.shared_names) ?? 'none';
}

function createMismatch(name: string, release: string, difference: string): SnoopDbError {
  return new SnoopDbError(
    'bad_document',
    `The endpoints of ${name} differ from those of the OpenAPI document that is loaded for ${release}: ${difference}. Nothing was changed. To replace all data of ${release} with this file: snoop load baseline --url ${name}.`,
  );
}
