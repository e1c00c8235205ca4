import type { CoveredTest } from '@snoop/snoopdb';
import { createPaint } from '../output/paint.ts';
import { formatTextTable } from '../output/text-table.ts';
import { escapeXml, formatElement } from '../output/xml.ts';
import { listChangeRows } from './change-rows.ts';
import { endpointColumns, formatEndpoint } from './columns.ts';
import type { Report } from './report.ts';
import { listRunFailures } from './run-failures.ts';
import { describePlace, listStepRows, stepColumns, toBeWritten } from './test-rows.ts';
import { isNewlyHit } from './verdict.ts';

interface Case {
  readonly name: string;
  /** null: unknown, or not a test. */
  readonly ms: number | null;
  /** null: passed. */
  readonly result: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly message: string | null;
    readonly details?: string;
  } | null;
  readonly output: string;
}

/** Of the cases that belong to the run, not to a file. */
const runSuite = 'snoop';

/**
 * Prints a report as JUnit XML, as CI systems read it: a suite for each file, with what failed outside of its tests, and
 * one for checks and for what failed in the run itself. Valid for Jenkins' schema
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
export function printJunit(report: Report): string {
  const suites = collectSuites(report);
  const cases = [...suites.values()].flat();
  const properties = formatElement('properties', {}, [
    ...listProperties(report).map(([name, value]) => `\n      ${formatElement('property', { name, value })}`),
    '\n    ',
  ]);
  const own = { name: 'snoop', time: formatSeconds(report.window === null ? measure(report.run) : null) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement('testsuites', { ...own, ...count(cases) }, [
    ...[...suites].map(([name, some]) => `\n  ${formatSuite(name, some, properties, report)}`),
    '\n',
  ])}\n`;
}

function formatSuite(name: string, cases: readonly Case[], properties: string, { run }: Report): string {
  const times = { time: formatSeconds(sumTimes(cases)), timestamp: run.startedAt.toISOString().slice(0, 19) };
  return formatElement('testsuite', { name, ...count(cases), skipped: countOf(cases, 'skipped'), ...times }, [
    `\n    ${properties}`,
    ...cases.map((one) => `\n    ${formatCase(name, one)}`),
    '\n  ',
  ]);
}

function count(cases: readonly Case[]): Record<'tests' | 'failures' | 'errors', number> {
  return { tests: cases.length, failures: countOf(cases, 'failure'), errors: countOf(cases, 'error') };
}

/** By name. */
function collectSuites(report: Report): Map<string, Case[]> {
  const suites = new Map<string, Case[]>();
  const add = (suite: string, one: Case): void => void suites.set(suite, [...(suites.get(suite) ?? []), one]);
  for (const test of report.tests) add(test.file, describeCase(test));
  for (const error of report.errors) {
    const result = { kind: 'error', message: firstLine(error.message), details: error.message } as const;
    add(error.file ?? runSuite, { name: `outside of tests: ${describePlace(error)}`, ms: null, result, output: '' });
  }
  for (const { title: name, message } of listRunFailures(report)) {
    add(runSuite, { name, ms: null, result: { kind: 'error', message }, output: '' });
  }
  for (const { check, failure } of report.checks) {
    add(runSuite, {
      name: check,
      ms: null,
      result: failure === null ? null : { kind: 'failure', message: failure },
      output: '',
    });
  }
  return suites;
}

function describeCase(test: CoveredTest): Case {
  const paint = createPaint(false);
  const hits = test.endpoints.filter((hit) => hit.hits > 0);
  const tables = [
    { columns: stepColumns, rows: listStepRows(test), indent: 0 },
    { columns: endpointColumns, rows: hits.map(formatEndpoint), indent: 0 },
  ].filter(({ rows }) => rows.length > 0);
  return {
    name: test.name,
    ms: measure(test),
    result: describeResult(test),
    output: tables.map((table) => formatTextTable(table, paint).join('\n')).join('\n\n'),
  };
}

function describeResult({ state, error }: CoveredTest): Case['result'] {
  if (state === 'passed') return null;
  if (state === 'failed') {
    return { kind: 'failure', message: firstLine(error ?? 'unknown error'), ...(error !== null && { details: error }) };
  }
  if (state === 'running') return { kind: 'error', message: 'The test did not end.' };
  if (state === 'outlined') return { kind: 'skipped', message: toBeWritten };
  return { kind: 'skipped', message: state === 'unknown' ? 'result unknown' : null };
}

function formatCase(classname: string, { name, ms, result, output }: Case): string {
  const children: string[] = [];
  if (result !== null) {
    const { kind, message, details } = result;
    children.push(formatElement(kind, { message }, details === undefined ? [] : [escapeXml(details)]));
  }
  if (output !== '') children.push(formatElement('system-out', {}, [escapeXml(output)]));
  return formatElement('testcase', { classname, name, time: formatSeconds(ms) }, children);
}

function listProperties(report: Report): [name: string, value: string][] {
  const { run, window, baseline, endpoints } = report;
  const newlyHit = endpoints.filter(isNewlyHit).map(({ endpoint }) => endpoint);
  return [
    window === null ? ['run', run.id] : ['agent', window.agent],
    ['cluster', run.clusterVersion ?? 'unknown'],
    ['baseline', baseline.release],
    ['evidence', report.evidenceSentence],
    ['newly hit', newlyHit.join(', ')],
    ...listChangeRows(report).map(({ name, change }): [string, string] => [`change: ${name}`, change]),
  ];
}

function measure({ startedAt, endedAt }: Pick<CoveredTest, 'startedAt' | 'endedAt'>): number | null {
  return startedAt === null || endedAt === null ? null : endedAt.getTime() - startedAt.getTime();
}

function formatSeconds(ms: number | null): string | null {
  return ms === null ? null : (ms / 1000).toFixed(3);
}

/** null: no time is known. */
function sumTimes(cases: readonly Case[]): number | null {
  const known = cases.flatMap(({ ms }) => ms ?? []);
  return known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0);
}

function countOf(cases: readonly Case[], kind: 'failure' | 'error' | 'skipped'): number {
  return cases.filter(({ result }) => result?.kind === kind).length;
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
