import { changeTitles } from '../parts/endpoint-change.ts';
import { findState, stateTitles } from '../parts/endpoint-state.ts';
import type { CoverageRow } from './changes.ts';
import { countFigures, formatShare } from './figures.ts';
import { formatPart, type ZoomPath } from './zoom.ts';

const longestName = 24;

/** The lines in the middle of the picture: what is pointed at or shown, and its numbers. */
export function describeMiddle(path: ZoomPath, rows: readonly CoverageRow[], release: string): string[] {
  const name = shorten(path.length === 0 ? release : formatPart(path.at(-1) ?? ''));
  const [row] = rows;
  if (path.length === 4 && row !== undefined) {
    const change = row.change === null || row.change === 'same' ? [] : [changeTitles[row.change]];
    return [name, stateTitles[findState(row)], ...change, ...(row.tests > 0 ? [count(row.tests, 'test')] : [])];
  }
  const { endpoints, tested, confTested, unknown } = countFigures(rows);
  const known = endpoints - unknown;
  const removed = rows.filter(({ change }) => change === 'removed').length;
  const conformance = formatShare(confTested, known);
  return [
    name,
    ...(endpoints === 0 && removed > 0 ? [] : [count(endpoints, 'endpoint')]),
    ...(removed === 0 ? [] : [`${removed} removed`]),
    ...(endpoints === 0 ? [] : [describeTested(tested, known)]),
    ...(tested === null || unknown === 0 || known === 0 ? [] : [`${unknown} unknown`]),
    ...(conformance === null ? [] : [`${conformance} conformance`]),
  ];
}

function describeTested(tested: number | null, known: number): string {
  return tested === null || known === 0 ? 'tested: unknown' : `${formatShare(tested, known)} tested`;
}

/** The ends of long names tell them apart. */
function shorten(name: string): string {
  if (name.length <= longestName) return name;
  return `${name.slice(0, 7)}…${name.slice(name.length - longestName + 8)}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
