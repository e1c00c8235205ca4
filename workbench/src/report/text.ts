import type { CoveredTest } from '@snoop/snoopdb';
import { disarm } from '../output/disarm.ts';
import type { Paint } from '../output/paint.ts';
import { createPaint } from '../output/paint.ts';
import { formatTextTable } from '../output/text-table.ts';
import {
  changeCells,
  changeColumns,
  endpointCells,
  endpointColumns,
  headLines,
  noteCells,
  noteColumns,
  noteSections,
  stepCells,
  stepColumns,
} from './columns.ts';
import type { Report } from './report.ts';
import { count } from './report.ts';

const marks = {
  passed: ['green', '✓'],
  failed: ['red', '✗'],
  skipped: ['dim', '-'],
  running: ['yellow', '…'],
} as const;

/**
 * The report as a person reads it in a terminal.
 *
 * @param color true: with ANSI colours
 */
export function printText(report: Report, color: boolean): string {
  const paint = createPaint(color);
  const lines = headLines(report).map(([name, value]) => `${paint('bold', name.padEnd(9))} ${disarm(value)}`);
  lines.push(...report.warnings.map((warning) => paint('yellow', `Note      ${disarm(warning)}`)), '');
  for (const test of report.tests) lines.push(...printTest(test, paint), '');
  for (const { heading, notes } of noteSections(report)) {
    const rows = notes.map((note) => noteCells(note, report));
    lines.push(paint('bold', heading), ...printTable(noteColumns, rows, paint), '');
  }
  lines.push(paint('bold', `Projected change in coverage, compared with ${report.baseline.release}`));
  lines.push(...printTable(changeColumns, report.change.map(changeCells), paint));
  for (const { of, reason } of report.change) if (reason !== null) lines.push(`    ${of} 0: ${disarm(reason)}`);
  return `${lines.join('\n')}\n`;
}

function printTest(test: CoveredTest, paint: Paint): string[] {
  const [style, mark] = marks[test.state];
  const lines = [`${paint(style, mark)} ${paint('bold', disarm(test.name))} ${paint('dim', disarm(test.file))}`];
  for (const line of test.error?.split('\n') ?? []) lines.push(`    ${paint('red', disarm(line))}`);
  if (test.steps.length > 0) lines.push(...printTable(stepColumns, test.steps.map(stepCells), paint), '');
  const hits = test.endpoints.filter((hit) => hit.hits > 0);
  if (hits.length === 0) return [...lines, '    It hit no endpoint with success.'];
  const [head = '', ...rows] = printTable(endpointColumns, hits.map(endpointCells), paint);
  const untested = hits.filter((hit) => hit.untestedUntilNow).length;
  return [
    ...lines,
    head,
    ...rows.map((row, index) => (hits[index]?.untestedUntilNow ? paint('green', row) : row)),
    `    ${count(hits.length, 'endpoint')} hit, ${untested === 0 ? 'none' : untested} of them untested until now`,
  ];
}

function printTable(columns: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  return formatTextTable({ columns, rows, indent: 4 }, paint);
}
