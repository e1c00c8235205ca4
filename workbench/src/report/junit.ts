import type { CoveredTest } from '@snoop/snoopdb';
import { createPaint } from '../output/paint.ts';
import { formatTextTable } from '../output/text-table.ts';
import { escapeXml, formatElement } from '../output/xml.ts';
import { listChangeRows } from './change-rows.ts';
import { endpointColumns, formatEndpoint } from './columns.ts';
import type { Report } from './report.ts';
import { describeMissing } from './report.ts';
import { describePlace, listStepRows, stepColumns, toBeWritten } from './test-rows.ts';
import { isNewlyHit } from './verdict.ts';

interface Case {
  readonly name: string;
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
 * one for checks and missing evidence. Valid for Jenkins' schema
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
export function printJunit(report: Report): string {
  const suites = collectSuites(report);
  const cases = [...suites.values()].flat();
  const properties = formatElement('properties', {}, [
    ...listProperties(report).map(([name, value]) => `\n      ${formatElement('property', { name, value })}`),
    '\n    ',
  ]);
  const written = [...suites].map(
    ([name, own]) =>
      `\n  ${formatElement(
        'testsuite',
        {
          name,
          ...{ tests: own.length, failures: countOf(own, 'failure'), errors: countOf(own, 'error') },
          ...{ skipped: countOf(own, 'skipped'), timestamp: report.run.startedAt.toISOString().slice(0, 19) },
        },
        [`\n    ${properties}`, ...own.map((one) => `\n    ${formatCase(name, one)}`), '\n  '],
      )}`,
  );
  const totals = { tests: cases.length, failures: countOf(cases, 'failure'), errors: countOf(cases, 'error') };
  const time = describeSeconds(report);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement('testsuites', { name: 'snoop', time, ...totals }, [
    ...written,
    '\n',
  ])}\n`;
}

/** By name. */
function collectSuites(report: Report): Map<string, Case[]> {
  const suites = new Map<string, Case[]>();
  const add = (suite: string, one: Case): void => void suites.set(suite, [...(suites.get(suite) ?? []), one]);
  for (const test of report.tests) add(test.file, describeCase(test));
  for (const error of report.errors) {
    const result = { kind: 'error', message: firstLine(error.message), details: error.message } as const;
    add(error.file ?? runSuite, { name: `outside of tests: ${describePlace(error)}`, result, output: '' });
  }
  if (!report.complete) {
    add(runSuite, { name: 'evidence', result: { kind: 'error', message: describeMissing(report) }, output: '' });
  }
  for (const { check, failure } of report.checks) {
    add(runSuite, { name: check, result: failure === null ? null : { kind: 'failure', message: failure }, output: '' });
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

function formatCase(classname: string, { name, result, output }: Case): string {
  const children: string[] = [];
  if (result !== null) {
    const { kind, message, details } = result;
    children.push(formatElement(kind, { message }, details === undefined ? [] : [escapeXml(details)]));
  }
  if (output !== '') children.push(formatElement('system-out', {}, [escapeXml(output)]));
  return formatElement('testcase', { classname, name }, children);
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

function describeSeconds({ run, window }: Report): string | null {
  if (run.endedAt === null || window !== null) return null;
  return ((run.endedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(3);
}

function countOf(cases: readonly Case[], kind: 'failure' | 'error' | 'skipped'): number {
  return cases.filter(({ result }) => result?.kind === kind).length;
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
