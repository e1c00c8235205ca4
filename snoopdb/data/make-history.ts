import type { HistorySnapshot } from '../src/releases/shipped-history.ts';
import { readFields, requireList } from '../src/inputs/fields.ts';
import type { CalendarEntry } from '../src/releases/calendar-document.ts';
import { compareReleases, normalizeRelease } from '../src/release.ts';
import { readPromotion } from '../src/releases/promotion.ts';
import type { BaselineSnapshot } from '../src/releases/shipped-snapshot.ts';
import { isEligible } from '../src/rules/eligibility.ts';

interface Published {
  origin: string;
  /** conformance-endpoints.json: each eligible endpoint, its releases, its tests. */
  endpoints: unknown;
  /** conformance-progress.json: for the newest release of that history. */
  progress: unknown;
  /** releases.yaml */
  calendar: readonly CalendarEntry[];
  /** Their eligible endpoints that only audit runs know are added to the history, as stable since that release. */
  snapshots?: readonly BaselineSnapshot[];
}

interface Test {
  codename: string;
  testname: string | null;
  file: string | null;
  release: string;
}

/**
 * Creates the shipped history from the published one.
 * @throws SnoopDbError `bad_document`, `bad_release`
 */
export function createHistory({ origin, endpoints, progress, calendar, snapshots = [] }: Published): HistorySnapshot {
  const read = requireList(endpoints, 'the history', 'a list of endpoints').map((entry, index): EndpointOfHistory => {
    const fields = readFields(entry, `the history, entry ${index + 1}`);
    const tested = fields.text('tested_release');
    return {
      endpoint: fields.name('endpoint'),
      first: normalizeRelease(fields.name('promotion_release')),
      tested: tested === null ? null : normalizeRelease(tested),
      // Some lists of tests contain null.
      tests: (fields.list('tests') ?? []).flatMap((test, place) =>
        test === null ? [] : readTest(test, `${fields.location}, test ${place + 1}`),
      ),
    };
  });
  const known = new Set(read.map(({ endpoint }) => endpoint));
  read.push(...snapshots.flatMap((snapshot) => listNew(snapshot).filter(({ endpoint }) => !known.has(endpoint))));
  const tests = [...new Map(read.flatMap((one) => one.tests).map((test) => [keyOf(test), test]))]
    .sort(([left], [right]) => (left < right ? -1 : Number(left > right)))
    .map(([, test]) => test);
  const numbers = new Map(tests.map((test, number) => [keyOf(test), number]));
  const files = [...new Set(tests.flatMap((test) => test.file ?? []))].sort();
  const releases = requireList(progress, 'the progress', 'a list of releases').map((entry) =>
    normalizeRelease(readFields(entry, 'the progress').name('release')),
  );
  return {
    origin,
    newestRelease: releases.sort(compareReleases).at(-1) ?? '',
    calendar: calendar
      .map(({ release, date }): [string, string | null] => [release, date])
      .sort(([left], [right]) => compareReleases(left, right)),
    files,
    tests: tests.map(({ codename, testname, file, release }) => [
      codename,
      testname,
      file === null ? null : files.indexOf(file),
      release,
    ]),
    endpoints: read
      .map((one): HistorySnapshot['endpoints'][number] => [
        one.endpoint,
        one.first,
        one.tested,
        [...new Set(one.tests.flatMap((test) => numbers.get(keyOf(test)) ?? []))].sort((a, b) => a - b),
      ])
      .sort(([left], [right]) => (left < right ? -1 : Number(left > right))),
  };
}

interface EndpointOfHistory {
  endpoint: string;
  first: string;
  tested: string | null;
  tests: Test[];
}

/** The eligible endpoints of a release that its audit runs hit, or that are unknown: the published history lacks them. */
function listNew({
  release,
  endpoints,
  auditRuns = [],
  unknown = [],
  ...snapshot
}: BaselineSnapshot): EndpointOfHistory[] {
  const ineligible = new Set(snapshot.ineligible.map(({ endpoint }) => endpoint));
  const promoted = new Map(
    snapshot.conformance.flatMap(({ test, testname, file, promotion }) => {
      const promotedIn = promotion === null ? null : readPromotion(promotion);
      const codename = snapshot.tests[test];
      if (promotedIn === null || codename === undefined) return [];
      return [
        [
          test,
          { codename, testname, file: file === null ? null : (snapshot.files[file] ?? null), release: promotedIn },
        ],
      ];
    }),
  );
  const hits = new Map<string, Set<number>>(unknown.map(({ endpoint }) => [endpoint, new Set()]));
  for (const { endpoint, tests } of auditRuns.flatMap((run) => run.hits)) {
    hits.set(endpoint, new Set([...(hits.get(endpoint) ?? []), ...tests]));
  }
  return endpoints
    .filter(
      ({ endpoint, level, deprecated }) =>
        hits.has(endpoint) && isEligible({ level, deprecated }, ineligible.has(endpoint)),
    )
    .map(({ endpoint }) => {
      const tests = [...(hits.get(endpoint) ?? [])].flatMap((number) => promoted.get(number) ?? []);
      const [earliest] = tests.map((test) => test.release).sort(compareReleases);
      // As in the published history, a test that is older than its endpoint is dated by the endpoint.
      const tested = earliest !== undefined && compareReleases(earliest, release) < 0 ? release : (earliest ?? null);
      return { endpoint, first: release, tested, tests };
    });
}

function keyOf({ codename, release }: Test): string {
  return `${codename}\n${release}`;
}

function readTest(value: unknown, place: string): Test {
  const fields = readFields(value, place);
  const release = normalizeRelease(fields.name('release'));
  return { codename: fields.name('codename'), testname: fields.text('testname'), file: fields.text('file'), release };
}
