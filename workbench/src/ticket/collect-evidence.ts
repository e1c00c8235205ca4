import {
  compareReleases,
  exportRun,
  findAskedRelease,
  loadNeededReleases,
  listKinds,
  type Pool,
  type RunDocument,
} from '@snoop/snoopdb';
import { version } from '../version.ts';
import { computeClaims, type TicketClaims } from './claims.ts';
import { createEvidence, type TicketEvidence } from './evidence.ts';
import { findApiPath } from './kinds.ts';
import { findMissingTests, runTicketQuery, type TicketSearch } from './query.ts';
import { listTicketHits } from './ticket-kinds.ts';

/**
 * Collects what a ticket is made of: the runs, and the query that finds their endpoints with its result now.
 *
 * @param ids settled runs
 * @param options.outlineOnly whether the ticket is to show the outline alone, as it does when no test is written yet
 * @throws SnoopDbError `bad_run`, `unknown_release`
 */
export async function collectEvidence(
  pool: Pool,
  ids: readonly string[],
  { outlineOnly }: { outlineOnly: boolean },
): Promise<TicketEvidence> {
  const runs: RunDocument[] = [];
  for (const id of ids) runs.push(await exportRun(pool, id));
  const claims = computeClaims({ runs });
  const release =
    runs
      .map(({ baseline }) => baseline.release)
      .sort(compareReleases)
      .at(-1) ?? '';
  await loadNeededReleases(pool, [release]);
  await findAskedRelease(pool, release, 'coverage');
  const tests = runs.flatMap((run) => run.tests);
  return createEvidence({
    written_at: new Date().toISOString(),
    snoop_version: version,
    outline_only: outlineOnly || (tests.length > 0 && tests.every(({ state }) => state === 'outlined')),
    query: await runTicketQuery(pool, {
      release,
      missing: findMissingTests(claims),
      ...(await chooseSearch(pool, claims)),
    }),
    runs,
  });
}

/** What the tests raise or hit, else the kinds that their outline names. */
async function chooseSearch(pool: Pool, claims: TicketClaims): Promise<Pick<TicketSearch, 'kinds' | 'apis'>> {
  const endpoints = listTicketHits(claims);
  if (endpoints.length > 0) {
    const kinds = new Set(endpoints.flatMap(({ kind }) => kind ?? []));
    const apis = new Set(endpoints.flatMap(({ path }) => findApiPath(path) ?? []));
    return { kinds: [...kinds].sort(), apis: [...apis].sort() };
  }
  const words = claims.runs.flatMap(({ document: { tests, steps } }) =>
    [...tests, ...steps].flatMap(({ name }) => name.match(/[A-Za-z]+/g) ?? []),
  );
  const named = new Set(words.flatMap((word) => [word, word.replace(/s$/, ''), word.replace(/es$/, '')]));
  return { kinds: (await listKinds(pool)).filter((kind) => named.has(kind)), apis: [] };
}
