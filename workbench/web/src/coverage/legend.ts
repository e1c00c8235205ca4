import { changes } from '../parts/endpoint-change.ts';
import { endpointStates } from '../parts/endpoint-state.ts';
import type { Paint } from '../parts/patterns.ts';
import { findPaint } from './arcs.ts';
import type { CoverageRow } from './changes.ts';
import { type Filter, filterForLegend } from './filter.ts';
import { isWithin, type ZoomPath } from './zoom.ts';

export interface LegendEntry {
  readonly paint: Paint;
  readonly count: number;
}

/** Counts the rows of a path by state, or by change. Paints without rows are left out, except those of the filter. */
export function countLegend(
  rows: readonly CoverageRow[],
  filter: Filter,
  path: ZoomPath,
  name: 'state' | 'change',
): LegendEntry[] {
  const counted = filterForLegend(rows, filter).filter((row) => isWithin(row, path));
  const chosen: readonly Paint[] = name === 'change' ? filter.changes : filter.states;
  const all: readonly Paint[] = name === 'change' ? changes : endpointStates;
  return all
    .map((paint) => ({ paint, count: counted.filter((row) => findPaint(row) === paint).length }))
    .filter(({ paint, count }) => count > 0 || chosen.includes(paint));
}
