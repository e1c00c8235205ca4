import { endpointStates, findState } from '../parts/endpoint-state.ts';
import { changes } from '../parts/endpoint-change.ts';
import type { CoverageRow } from './changes.ts';
import { pathOf, type ZoomPath } from './zoom.ts';

/** A level, category, kind or endpoint. */
export interface TreeNode {
  readonly path: ZoomPath;
  /** Of an endpoint. */
  readonly row: CoverageRow | null;
  readonly children: readonly TreeNode[];
  /** Endpoints in it. */
  readonly rows: readonly CoverageRow[];
}

/** Groups rows below a path by their next names, in the order of the rows; endpoints of a kind by change and state. */
export function buildTree(rows: readonly CoverageRow[], path: ZoomPath = []): TreeNode {
  const depth = path.length;
  if (depth === 3) {
    const children = [...rows]
      .sort(compareEndpoints)
      .map((row) => ({ path: pathOf(row), row, children: [], rows: [row] }));
    return { path, row: null, children, rows };
  }
  const groups = new Map<string, CoverageRow[]>();
  for (const row of rows) {
    const name = pathOf(row)[depth] ?? '';
    const members = groups.get(name);
    if (members === undefined) groups.set(name, [row]);
    else members.push(row);
  }
  const children = [...groups].map(([name, members]) => buildTree(members, [...path, name]));
  return { path, row: null, children, rows };
}

function compareEndpoints(a: CoverageRow, b: CoverageRow): number {
  return rank(a) - rank(b);
}

function rank(row: CoverageRow): number {
  return (row.change === null ? 0 : changes.indexOf(row.change) * 10) + endpointStates.indexOf(findState(row));
}
