import type { HistorySnapshot } from '../src/releases/shipped-history.ts';
import { readFields, requireList } from '../src/inputs/fields.ts';
import type { CalendarEntry } from '../src/releases/calendar-document.ts';
import { compareReleases, normalizeRelease } from '../src/release.ts';

interface Published {
  origin: string;
  /** conformance-endpoints.json: each eligible endpoint, its releases, its tests. */
  endpoints: unknown;
  /** conformance-progress.json: for the newest release of that history. */
  progress: unknown;
  /** releases.yaml */
  calendar: readonly CalendarEntry[];
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
export function createHistory({ origin, endpoints, progress, calendar }: Published): HistorySnapshot {
  const read = requireList(endpoints, 'the history', 'a list of endpoints').map((entry, index) => {
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

function keyOf({ codename, release }: Test): string {
  return `${codename}\n${release}`;
}

function readTest(value: unknown, place: string): Test {
  const fields = readFields(value, place);
  const release = normalizeRelease(fields.name('release'));
  return { codename: fields.name('codename'), testname: fields.text('testname'), file: fields.text('file'), release };
}
