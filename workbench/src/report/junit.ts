import type { CoveredTest } from '@snoop/snoopdb';
import { formatJunit, type JunitCase } from '../output/junit.ts';
import { createPaint } from '../output/paint.ts';
import { formatTextTable } from '../output/text-table.ts';
import { listChangeRows } from './change-rows.ts';
import { endpointColumns, formatEndpoint } from './columns.ts';
import type { Report } from './report.ts';
import { listRunFailures } from './run-failures.ts';
import { describePlace, listStepRows, stepColumns, toBeWritten } from './test-rows.ts';
import { isNewlyHit } from './verdict.ts';

/** Of the cases that belong to the run, not to a file. */
const runSuite = 'snoop';

/**
 * Prints a report as JUnit XML: a suite for each file, with what failed outside of its tests, and one for checks and for
 * what failed in the run itself.
 */
export function printJunit(report: Report): string {
  const { run, window } = report;
  const properties = listProperties(report);
  return formatJunit(
    {
      name: 'snoop',
      ms: window === null ? measure(run) : null,
      startedAt: run.startedAt,
    },
    [...collectSuites(report)].map(([name, cases]) => ({ name, properties, cases })),
  );
}

/** By name. */
function collectSuites(report: Report): Map<string, JunitCase[]> {
  const suites = new Map<string, JunitCase[]>();
  const add = (suite: string, one: JunitCase): void => void suites.set(suite, [...(suites.get(suite) ?? []), one]);
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

function describeCase(test: CoveredTest): JunitCase {
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

function describeResult({ state, error }: CoveredTest): JunitCase['result'] {
  if (state === 'passed') return null;
  if (state === 'failed') {
    return { kind: 'failure', message: firstLine(error ?? 'unknown error'), ...(error !== null && { details: error }) };
  }
  if (state === 'running') return { kind: 'error', message: 'The test did not end.' };
  if (state === 'outlined') return { kind: 'skipped', message: toBeWritten };
  return { kind: 'skipped', message: state === 'unknown' ? 'result unknown' : null };
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

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
