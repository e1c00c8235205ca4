import type { DataSet, Difference, SingleTest } from '@snoop/snoopdb';
import type { AnswerPart } from '../../output/answer.ts';
import { count } from '../../output/quantities.ts';
import type { Column } from '../../output/table.ts';
import { releaseWarnings } from '../../report/asked-release.ts';

// What 'snoop coverage diff' and 'snoop coverage regressions' both print.

export const shiftColumns = [
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'what' },
  { name: 'by', title: 'test' },
] as const satisfies Column[];
export const sidedColumns = [
  { name: 'endpoint' },
  { name: 'level' },
  { name: 'tested' },
  { name: 'confTested', title: 'conformance' },
] as const satisfies Column[];
const singleColumns = [{ name: 'endpoint' }, { name: 'level' }, { name: 'test' }] as const satisfies Column[];

/** Limits without --all: of endpoints with a single test, of tests that explain a change. */
export const shown = 10;
export const shownTests = 3;

/** An endpoint with the tests that explain its change, each with a mark. */
interface ShownShift {
  readonly endpoint: string;
  readonly level: string;
  readonly what: string;
  readonly tests: readonly string[];
}

export function part(heading: string, columns: readonly Column[], rows: readonly object[]): AnswerPart {
  return { heading, table: { columns, rows: rows.map((row) => ({ ...row })) } };
}

/** A row for each test that explains a change; the first names the endpoint. */
export function listByTest({ tests, ...shift }: ShownShift, all: boolean): ShiftRow[] {
  const limit = all ? tests.length : shownTests;
  const [first = 'a test without a name', ...others] = tests.slice(0, limit);
  if (tests.length > limit) others.push(`and ${tests.length - limit} more; --all lists all`);
  return [{ ...shift, by: first }, ...others.map((by) => ({ endpoint: '', level: '', what: '', by }))];
}

type ShiftRow = Readonly<Record<(typeof shiftColumns)[number]['name'], string>>;

export function describeSingleTests(singleTest: readonly SingleTest[], all: boolean): AnswerPart {
  const listed = all ? singleTest : singleTest.slice(0, shown);
  const rest = listed.length < singleTest.length ? `, of which ${listed.length} are listed; --all lists all` : '';
  return part(`With a single test: ${count(singleTest.length, 'endpoint')}${rest}`, singleColumns, listed);
}

/** Describes the two data sets above an answer. */
export function describeDataSets(before: DataSet, after: DataSet): [string, string][] {
  return [...describeDataSet('Before', before), ...describeDataSet('After', after)];
}

function describeDataSet(
  which: string,
  { name, release, origin, incomplete, endpoints, unknown }: DataSet,
): [string, string][] {
  const tested = [...endpoints.values()].filter((endpoint) => endpoint.tested).length;
  const what = name === release ? release : `${name} (${release})`;
  const facts: [string, string][] = [
    [which, `${what}: ${tested} of ${count(endpoints.size, 'endpoint')} tested; ${origin}`],
  ];
  if (unknown.size > 0) {
    facts.push([
      'Note',
      `${name} cannot tell whether tests hit ${count(unknown.size, 'more endpoint')}; no change has them`,
    ]);
  }
  for (const warning of releaseWarnings({ release, incomplete })) facts.push(['Note', warning]);
  return facts;
}

export function dataSetJson({ endpoints, unknown, ...rest }: DataSet): object {
  const covered = [...endpoints.values()];
  return {
    ...rest,
    endpoints: covered.length,
    tested: covered.filter(({ tested }) => tested).length,
    confTested: covered.filter(({ confTested }) => confTested).length,
    unknown: unknown.size,
  };
}

/** Explains differences that come from counting differently. */
export function explainCounting(before: DataSet, after: DataSet): string[] {
  if (before.countsFailures === after.countsFailures) return [];
  const [published, counted] = before.countsFailures ? [before, after] : [after, before];
  return [
    `${published.name} is published coverage, which counts failed requests (403, 404, 409 …) as hits; ${counted.name} was ` +
      'counted from audit events, only successful requests (2xx, 101). This alone can make an endpoint lost or gained.',
  ];
}

/** Rows of CSV for endpoints in only one data set. */
export function listSided(change: string, endpoints: Difference['newEndpoints']) {
  return endpoints.map(({ endpoint, level, category, tested, confTested }) => {
    const what = confTested ? 'conformance tested' : tested ? 'tested' : 'untested';
    return { change, endpoint, level, category, what, test: '' };
  });
}
