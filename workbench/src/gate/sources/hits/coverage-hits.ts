import {
  compareReleases,
  type CoverageDocument,
  findContradiction,
  findReleaseInName,
  inferMethod,
  isConformanceTest,
  isSameMinor,
  listShippedReleases,
  type ProvenEndpoint,
  readCoverage,
  readShippedEndpoints,
  SnoopDbError,
} from '@snoop/snoopdb';
import { count } from '../../../output/quantities.ts';
import type { GateHits } from '../../facts.ts';
import { describeSource } from '../contents/describe-source.ts';
import { findNewestBuild } from './build-time.ts';
import type { DocumentEndpoints } from './document-endpoints.ts';
import { type NamedHits, nameHits } from './named-hits.ts';
import type { ReadOptions, StatedFacts } from './options.ts';
import { createHits, formatTime, listNames } from './source.ts';
import { joinFacts } from './stated-facts.ts';

/** A JSON document in memory. */
export interface ReadValue {
  readonly name: string;
  readonly value: unknown;
  readonly bytes: number;
  readonly sha256: string;
}

const dayMs = 86_400_000;
/** Files that are sound are written within a day of their runs; the overwritten ones of 1.32 to 1.34 came 20 days later. */
const maxLagMs = 14 * dayMs;

/**
 * Reads what a coverage file proves, in the form of kubernetes-sigs/apisnoop, resources/coverage.
 *
 * @param known what something else says for sure, such as run.json of an audit run
 * @throws SnoopDbError `bad_document`
 */
export async function readCoverageHits(
  document: ReadValue,
  endpoints: DocumentEndpoints,
  { stated, ineligible }: Pick<ReadOptions, 'stated' | 'ineligible'>,
  known: Partial<Pick<StatedFacts, 'date' | 'commit'>> = {},
): Promise<GateHits> {
  const isNamed = hasRelease(document.value);
  if (!isNamed && stated.release === null) {
    throw new SnoopDbError('bad_document', `${document.name} names no release. Use --hits-release X.Y.Z.`);
  }
  const coverage = readCoverage(document.value, document.name, isNamed ? undefined : (stated.release ?? undefined));
  const newestRun = findNewestBuild(coverage.sources);
  const found = {
    release: isNamed ? coverage.release : null,
    date: findDate(coverage, newestRun),
    commit: null,
    ...known,
  };
  const facts = joinFacts(found, 'content', stated);
  const problems = [
    ...facts.problems,
    ...findOtherRelease(document.name, coverage.release),
    ...(coverage.incomplete === null ? await findFalseTotals(coverage, ineligible) : []),
  ];
  const named = nameHits(listCovered(coverage), endpoints);
  const source = describeSource('hits', document.name, {
    digest: document.sha256,
    bytes: document.bytes,
    ...facts,
    problems,
    notes: describeCoverage(coverage, named),
  });
  const lag = describeLag(coverage, newestRun);
  const incomplete = [...(coverage.incomplete === null ? [] : [coverage.incomplete]), ...(lag === null ? [] : [lag])];
  return createHits({ source, ...named, undecided: named.unlisted, incomplete });
}

function hasRelease(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'release' in value && Boolean(value.release);
}

/** A file that was saved under the name of another release. */
function findOtherRelease(name: string, release: string): string[] {
  const named = findReleaseInName(name.split(/[/\\]/).at(-1) ?? '');
  // A name such as 1.36.json stands for every 1.36.
  if (named === null || named === release || (named.endsWith('.0') && isSameMinor(named, release))) return [];
  return [
    `It is the coverage of ${release}, but its name says ${named}. Name the file of the right release, or rename it.`,
  ];
}

/**
 * Finds how totals contradict the list. Lists of ineligible endpoints differ between repositories, so a total is wrong
 * only if it is wrong by each of them.
 */
async function findFalseTotals(coverage: CoverageDocument, given: ReadOptions['ineligible']): Promise<string[]> {
  const shipped = await listShippedIneligible();
  const lists = given === null ? [shipped] : [given, shipped, [...given, ...shipped]];
  const found = lists.map((list) => findContradiction(coverage, list));
  const [first] = found;
  if (first === null || first === undefined || found.includes(null)) return [];
  return [`${first} A later run may have overwritten it. Use the file of another commit, or an audit log.`];
}

async function listShippedIneligible(): Promise<{ endpoint: string }[]> {
  const newest = (await listShippedReleases()).sort(compareReleases).at(-1);
  const endpoints = newest === undefined ? null : await readShippedEndpoints(newest);
  return [...(endpoints ?? [])].flatMap(([endpoint, { ineligible }]) => (ineligible === null ? [] : { endpoint }));
}

/** The file's endpoints with their places; a method that the file does not show is unknown. */
function listCovered({ endpoints, operations }: CoverageDocument): ProvenEndpoint[] {
  const places = new Map(operations.map((operation) => [operation.endpoint, operation]));
  return endpoints.map(({ endpoint, tested, conf_tested: confTested, tests }) => {
    const place = places.get(endpoint);
    const method = place === undefined ? null : inferMethod(place.action, place.description);
    return { endpoint, method, path: place?.path ?? null, tested, confTested, tests };
  });
}

/** When its newest run started, else the date of the release. */
function findDate({ release_date: releaseDate }: CoverageDocument, newestRun: number | null): string | null {
  return formatTime(newestRun ?? readDateMs(releaseDate));
}

/** The file's dates have no time zone; they are UTC. */
function readDateMs(date: string | null): number | null {
  if (date === null) return null;
  const timeMs = Date.parse(date.includes('T') ? `${date}Z` : date);
  return Number.isNaN(timeMs) ? null : timeMs;
}

/** Why a file that was written long after its runs may lack tests. */
function describeLag({ release, release_date: date }: CoverageDocument, newestRun: number | null): string | null {
  const releasedMs = readDateMs(date);
  if (newestRun === null || releasedMs === null || releasedMs - newestRun <= maxLagMs) return null;
  const days = Math.round((releasedMs - newestRun) / dayMs);
  return `Its newest test run started ${days} days before the date of ${release} (${date}): tests that came later are not in it.`;
}

function describeCoverage(coverage: CoverageDocument, { endpoints, unknown, unlisted }: NamedHits): string[] {
  const nameless = endpoints.filter(
    ({ tests, confTested }) => tests.length === 0 || (confTested && !tests.some(isConformanceTest)),
  );
  return [
    ...(unlisted.length === 0
      ? []
      : [`It does not list ${count(unlisted.length, 'endpoint')} of the document: ${listNames(unlisted)}.`]),
    ...(unknown.length === 0
      ? []
      : [
          `It has hits of ${count(unknown.length, 'endpoint')} that the document does not have: ${listNames([...unknown].sort())}.`,
        ]),
    ...(nameless.length === 0
      ? []
      : [`It has no name of the test that hits ${listNames(nameless.map(({ endpoint }) => endpoint))}.`]),
    ...(coverage.sources.length === 0 ? ['It names no test runs.'] : []),
  ];
}
