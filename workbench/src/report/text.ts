import type { CoveredTest, EndpointHit } from '@snoop/snoopdb';
import { escapeControlCharacters } from '../output/control-characters.ts';
import type { Paint } from '../output/paint.ts';
import { createPaint } from '../output/paint.ts';
import { formatTextTable } from '../output/text-table.ts';
import { fitText } from '../output/wrap.ts';
import {
  formatEndpoint,
  endpointColumns,
  listHeadLines,
  formatNote,
  noteColumns,
  listNoteSections,
} from './columns.ts';
import { changeColumns, formatHeading, listReasons, listChangeRows } from './change-rows.ts';
import type { Report } from './report.ts';
import {
  describeEnd,
  describePlace,
  describeTests,
  createEndpointTables,
  stepColumns,
  listStepRows,
  wasSkipped,
} from './test-rows.ts';
import { listSideSections } from './side-rows.ts';
import { describeVerdict } from './verdict.ts';

const marks = {
  passed: ['green', '✓'],
  failed: ['red', '✗'],
  outlined: ['cyan', '○'],
  skipped: ['dim', '-'],
  running: ['yellow', '…'],
  unknown: ['dim', '·'],
} as const;

/**
 * Prints a report for a terminal.
 *
 * @param color use ANSI colours
 * @param width columns of the terminal; null: no terminal
 */
export function printText(report: Report, color: boolean, width: number | null = null): string {
  const paint = createPaint(color, width);
  const lines = listHeadLines(report).map(
    ([name, value]) => `${paint('bold', name.padEnd(9))} ${escapeControlCharacters(value)}`,
  );
  lines.push(...report.warnings.map((warning) => paint('yellow', `Note      ${escapeControlCharacters(warning)}`)), '');
  if (report.errors.length > 0) lines.push(...printErrors(report, paint), '');
  for (const test of report.tests) lines.push(...printTest(test, report, paint), '');
  for (const { heading, notes } of listNoteSections(report)) {
    const rows = notes.map((note) => formatNote(note, report));
    lines.push(paint('bold', heading), ...printTable(noteColumns, rows, paint), '');
  }
  for (const { heading, columns, rows } of listSideSections(report)) {
    lines.push(paint('bold', heading), ...printTable(columns, rows, paint), '');
  }
  const changes = listChangeRows(report);
  lines.push(paint('bold', formatHeading(report)));
  lines.push(
    ...printTable(
      changeColumns,
      changes.map((row) => row.cells),
      paint,
    ),
  );
  for (const reason of listReasons(changes)) lines.push(`    ${escapeControlCharacters(reason)}`);
  lines.push('', ...printVerdict(report, paint));
  return fitText(`${lines.join('\n')}\n`, width);
}

function printErrors({ errors }: Report, paint: Paint): string[] {
  const lines = [paint('bold', 'Errors outside of tests')];
  for (const error of errors) {
    lines.push(`    ${escapeControlCharacters(describePlace(error))}`);
    for (const line of error.message.split('\n'))
      lines.push(`        ${paint('red', escapeControlCharacters(line))}`.trimEnd());
  }
  return lines;
}

function printTest(test: CoveredTest, report: Report, paint: Paint): string[] {
  const [style, mark] = marks[test.state];
  const end = test.tries > 1 ? ` ${paint('yellow', describeEnd(test))}` : '';
  const lines = [
    `${paint(style, mark)} ${paint('bold', escapeControlCharacters(test.name))} ${paint('dim', escapeControlCharacters(test.file))}${end}`,
  ];
  for (const line of test.error?.split('\n') ?? []) lines.push(`    ${paint('red', escapeControlCharacters(line))}`);
  if (wasSkipped(test)) return lines;
  if (test.steps.length > 0) lines.push(...printTable(stepColumns, listStepRows(test), paint), '');
  for (const { heading, hits, summary } of createEndpointTables(test, report)) {
    if (heading !== null) lines.push(`    ${paint('bold', heading)}`);
    if (hits.length > 0) lines.push(...printEndpoints(hits, paint));
    lines.push(`    ${summary}`);
  }
  return lines;
}

function printEndpoints(hits: readonly EndpointHit[], paint: Paint): string[] {
  const [head = '', ...rows] = printTable(endpointColumns, hits.map(formatEndpoint), paint);
  const isNew = (hit: EndpointHit | undefined): boolean =>
    hit?.untestedUntilNow === true || hit?.newToConformance === true;
  return [head, ...rows.map((row, index) => (isNew(hits[index]) ? paint('green', row) : row))];
}

/** The last lines, still visible when the rest has scrolled away. */
function printVerdict(report: Report, paint: Paint): string[] {
  if (report.window !== null) {
    return describeVerdict(report).map(
      ([name, value]) => `${paint('bold', name.padEnd(12))} ${escapeControlCharacters(value)}`,
    );
  }
  const style = report.run.state === 'passed' && report.complete ? 'green' : 'red';
  const lines = describeVerdict(report).map(
    ([name, value]) => `${paint('bold', name.padEnd(12))} ${escapeControlCharacters(value)}`,
  );
  const head = `${paint('bold', 'Verdict'.padEnd(12))} ${paint(style, report.run.state)}: ${describeTests(report)}`;
  return [head, ...lines];
}

function printTable(columns: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  return formatTextTable({ columns, rows, indent: 4 }, paint);
}
