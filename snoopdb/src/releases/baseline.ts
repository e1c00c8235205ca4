import type { Pool, PoolClient } from 'pg';
import { followBaseline } from '../clusters/live-names.ts';
import { SnoopDbError } from '../errors.ts';
import { isConformanceTest } from '../events/test-agent.ts';
import { type ReadDocument, readJsonDocument } from '../inputs/document.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { normalizeRelease } from '../release.ts';
import type { ResolveCounts } from '../resolve-again/loaded-events.ts';
import { applyCalendar } from './calendar.ts';
import { readCoverage } from './coverage-document.ts';
import { type LoadedCoverage, storeCoverage } from './coverage.ts';
import { replaceIneligible, replacePending, replaceTests } from './lists.ts';
import { listNotes, recordLoad } from './loaded-document.ts';
import { readPromotion } from './promotion.ts';
import { replacePublishedHits } from './published-hits.ts';
import { recheckCoverage } from './published-totals.ts';
import { listResolvedAgain, replaceEndpoints, replacePublishedLevels } from './release-endpoints.ts';
import { type BaselineSnapshot, listShippedReleases, readShippedSnapshot, unpackSnapshot } from './shipped-snapshot.ts';
import { isSnapshot, readSnapshot } from './snapshot-document.ts';
import { analyzeReleases } from './statistics.ts';
import { replaceUnknown } from './unknown-coverage.ts';

/**
 * Loads a release that ships with the program: endpoints, coverage and lists. It replaces what was loaded for the
 * release, except lists that were loaded as such.
 * @param release any spelling
 * @param options.forQuestions it does not become the baseline for being the newest, so that a question changes no other
 *   answer
 * @throws SnoopDbError `not_shipped`, `bad_release`
 */
export async function loadBaseline(
  pool: Pool,
  release: string,
  options: { signal?: AbortSignal; forQuestions?: boolean } = {},
): Promise<LoadedCoverage> {
  const wanted = normalizeRelease(release);
  const shipped = await listShippedReleases();
  if (!shipped.includes(wanted)) {
    throw new SnoopDbError(
      'not_shipped',
      `This program ships no data of ${wanted}, only of ${shipped.join(', ')}. Load it from elsewhere: snoop load baseline --url URL.`,
    );
  }
  const { bytes, digest } = await readShippedSnapshot(wanted);
  const document = { name: `shipped data of ${wanted}`, bytes: bytes.length, sha256: digest };
  return storeSnapshot(pool, document, unpackSnapshot(bytes), { ...options, digest });
}

/**
 * Loads a release from a file: a snapshot like the shipped ones, or a published coverage file. It replaces what was
 * loaded for the release, even an OpenAPI document with other endpoints.
 * @param options.release expected release; the data of another one is refused
 * @throws SnoopDbError `bad_document`, `bad_release`, `unreadable_input`; nothing is changed then
 */
export async function loadBaselineFrom(
  pool: Pool,
  input: LoadInput,
  options: { release?: string; signal?: AbortSignal } = {},
): Promise<LoadedCoverage> {
  const document = await readJsonDocument(input, options);
  if (!isSnapshot(document.value)) {
    const coverage = readCoverage(document.value, input.name, options.release);
    return { ...(await storeCoverage(pool, document, coverage, { ...options, replaceAll: true })), what: 'baseline' };
  }
  const snapshot = readSnapshot(document.value, input.name);
  const expected = options.release === undefined ? snapshot.release : normalizeRelease(options.release);
  if (expected !== snapshot.release) {
    throw new SnoopDbError('bad_document', `${input.name} is the data of ${snapshot.release}, not of ${expected}.`);
  }
  return storeSnapshot(pool, document, snapshot, { digest: null, ...options });
}

function storeSnapshot(
  pool: Pool,
  document: Pick<ReadDocument, 'name' | 'bytes' | 'sha256'>,
  snapshot: BaselineSnapshot,
  {
    digest,
    forQuestions = false,
    signal,
  }: { digest: string | null; forQuestions?: boolean; signal?: AbortSignal | undefined },
): Promise<LoadedCoverage> {
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    const again = await replaceSnapshot(client, snapshot, digest, forQuestions);
    await followBaseline(client);
    await analyzeReleases(client);
    const loaded: LoadedCoverage = {
      what: 'baseline',
      name: document.name,
      release: snapshot.release,
      read: snapshot.endpoints.length,
      stored: snapshot.endpoints.length,
      notes: listNotes([
        [countTested(snapshot), 'tested endpoints'],
        [countUnknown(snapshot), 'endpoints with unknown coverage'],
        [snapshot.conformance.length, 'conformance tests with their release'],
        [snapshot.ineligible.length, 'ineligible endpoints'],
        [snapshot.pending.length, 'pending endpoints'],
        ...listResolvedAgain(again),
      ]),
      incomplete: snapshot.incomplete,
    };
    await recordLoad(client, document, loaded);
    signal?.throwIfAborted();
    return loaded;
  });
}

function countTested(snapshot: BaselineSnapshot): number {
  const published = snapshot.endpoints.flatMap(({ endpoint, tested }) => (tested ? [endpoint] : []));
  return new Set([...published, ...listRunHits(snapshot)]).size;
}

function countUnknown(snapshot: BaselineSnapshot): number {
  const hit = new Set(listRunHits(snapshot));
  return (snapshot.unknown ?? []).filter(({ endpoint }) => !hit.has(endpoint)).length;
}

function listRunHits({ auditRuns = [] }: BaselineSnapshot): string[] {
  return auditRuns.flatMap(({ hits }) => hits.map(({ endpoint }) => endpoint));
}

/**
 * Replaces what is loaded of a release by a snapshot; the caller holds the lock of {@link lockReleasesExclusive}.
 * @param digest of the shipped file; null for a user's
 */
export async function replaceSnapshot(
  client: PoolClient,
  snapshot: BaselineSnapshot,
  digest: string | null,
  forQuestions = false,
): Promise<ResolveCounts> {
  const { release, origin, tests, files } = snapshot;
  await client.query(
    `insert into public.release_data (release, release_date, origin, coverage_origin, incomplete, sources, digest, published_spec,
       for_questions)
     values ($1, $2, $3, $3, $4, $5, $6, nullif($7, ''), $8)
     on conflict (release) do update set release_date = excluded.release_date, origin = excluded.origin,
       coverage_origin = excluded.coverage_origin, incomplete = excluded.incomplete, sources = excluded.sources,
       has_document = true, shared_names = '{}', digest = excluded.digest, published_spec = excluded.published_spec,
       published_totals = null, for_questions = excluded.for_questions,
       loaded_at = now()`,
    [release, snapshot.releaseDate, origin, snapshot.incomplete, snapshot.sources, digest, snapshot.spec, forQuestions],
  );
  await replacePublishedLevels(
    client,
    release,
    snapshot.endpoints.filter((endpoint) => !endpoint.deprecated),
  );
  const again = await replaceEndpoints(client, release, snapshot.spec, snapshot.endpoints);
  const nameTests = (numbers: readonly number[]): string[] => numbers.flatMap((number) => tests[number] ?? []);
  await replacePublishedHits(
    client,
    release,
    snapshot.endpoints.map((one) => ({ ...one, conf_tested: one.confTested, tests: nameTests(one.tests) })),
    (snapshot.auditRuns ?? []).map(({ source, hits }) => ({
      source,
      hits: hits.map((hit) => {
        const named = nameTests(hit.tests);
        return { endpoint: hit.endpoint, tested: true, conf_tested: named.some(isConformanceTest), tests: named };
      }),
    })),
  );
  await replaceUnknown(client, release, snapshot.unknown ?? []);
  const owner = { release, origin, own: false };
  await replaceTests(
    client,
    owner,
    snapshot.conformance.map(({ test, testname, file, promotion }) => ({
      codename: tests[test] ?? '',
      testname,
      file: file === null ? null : (files[file] ?? null),
      description: null,
      promotion,
      promotedIn: promotion === null ? null : readPromotion(promotion),
    })),
  );
  await replaceIneligible(client, owner, snapshot.ineligible);
  await replacePending(client, owner, snapshot.pending);
  await recheckCoverage(client);
  await applyCalendar(client);
  return again;
}
