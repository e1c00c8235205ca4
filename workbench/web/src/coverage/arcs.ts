import { hierarchy, type HierarchyRectangularNode, partition } from 'd3-hierarchy';
import { arc } from 'd3-shape';
import { findState, stateTitles } from '../parts/endpoint-state.ts';
import { changeTitles } from '../parts/endpoint-change.ts';
import type { Paint } from '../parts/patterns.ts';
import type { CoverageRow } from './changes.ts';
import { placeLabel, type Label } from './arc-label.ts';
import type { TreeNode } from './tree.ts';
import { formatPart, writeZoom, type ZoomPath } from './zoom.ts';

/** Width and height of the picture, in its own units. */
export const pictureSize = 1000;

/** A piece of a ring. Angles in radians, clockwise from the top. */
export interface Arc {
  /** Identifies it. */
  readonly key: string;
  /** What a click zooms to. */
  readonly path: ZoomPath;
  /** 1: the innermost ring. */
  readonly ring: number;
  readonly start: number;
  readonly end: number;
  /** SVG path, around the centre. */
  readonly shape: string;
  /** Of endpoints: state, or change if releases are compared; null: a level, category or kind. */
  readonly paint: Paint | null;
  /** Share of conformance tested endpoints; null: of an endpoint, unknown, or releases are compared. */
  readonly share: number | null;
  /** For tooltips and screen readers. */
  readonly title: string;
  readonly label: Label | null;
  readonly rows: readonly CoverageRow[];
}

export interface ArcOptions {
  /** Pixels of the picture's width. */
  readonly width: number;
}

/** Pixels of the smallest arc: neighbours of one kind and paint that would be narrower are joined. */
const smallestArc = 1.6;

/** The radius of the hole and those of the rings' outer edges, by the number of rings. */
const radii: Readonly<Record<number, readonly number[]>> = {
  1: [160, 490],
  2: [150, 275, 490],
  3: [150, 265, 370, 490],
  4: [138, 190, 295, 390, 490],
};

export function holeRadius(rings: number): number {
  return radii[rings]?.[0] ?? 138;
}

/** Computes the arcs of a tree, from the inner ring outwards, clockwise. */
export function layOut(tree: TreeNode, { width }: ArcOptions): Arc[] {
  if (tree.rows.length === 0) return [];
  const root = partition<TreeNode>().size([2 * Math.PI, 1])(hierarchy(tree, ({ children }) => [...children]).count());
  const rings = root.height;
  const edges = radii[rings] ?? [];
  const scale = width / pictureSize;
  const isCompared = tree.rows.some(({ change }) => change !== null);
  const joined = joinNarrow(root.descendants().slice(1), (node) => {
    return (node.x1 - node.x0) * (edges[node.depth] ?? 0) * scale < smallestArc;
  });
  return joined.map(({ node, nodes, start, end }) => {
    const [inner = 0, outer = 0] = edges.slice(node.depth - 1, node.depth + 1);
    const { row, path } = node.data;
    const rows = nodes.flatMap(({ data }) => data.rows);
    const paint = row === null ? null : findPaint(row);
    const zoom = nodes.length > 1 ? path.slice(0, -1) : path;
    return {
      key: nodes.length > 1 ? `${writeZoom(path)}+${nodes.length}` : writeZoom(path),
      path: zoom,
      ring: node.depth,
      start,
      end,
      shape: drawArc({ start, end, inner, outer, scale }),
      paint,
      share: row === null && !isCompared ? findShare(rows) : null,
      title: describe(path, rows, paint),
      label: nodes.length > 1 ? null : placeLabel(formatPart(path.at(-1) ?? ''), { start, end, inner, outer, scale }),
      rows,
    };
  });
}

type Placed = HierarchyRectangularNode<TreeNode>;

interface Joined {
  readonly node: Placed;
  readonly nodes: readonly Placed[];
  readonly start: number;
  readonly end: number;
}

function joinNarrow(nodes: readonly Placed[], isNarrow: (node: Placed) => boolean): Joined[] {
  const joined: { node: Placed; nodes: Placed[]; start: number; end: number }[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (last !== undefined && canJoin(last.node, node) && isNarrow(node)) {
      last.nodes.push(node);
      last.end = node.x1;
    } else joined.push({ node, nodes: [node], start: node.x0, end: node.x1 });
  }
  return joined;
}

function canJoin({ data: { row }, parent }: Placed, next: Placed): boolean {
  return (
    row !== null && next.data.row !== null && next.parent === parent && findPaint(row) === findPaint(next.data.row)
  );
}

export function findPaint(row: CoverageRow): Paint {
  return row.change ?? findState(row);
}

function findShare(rows: readonly CoverageRow[]): number | null {
  const counted = rows.filter(({ deprecated, unknown }) => !deprecated && unknown === null);
  if (counted.length === 0 || counted.some(({ confTested }) => confTested === null)) return null;
  return counted.filter(({ confTested }) => confTested).length / counted.length;
}

function describe(path: ZoomPath, rows: readonly CoverageRow[], paint: Paint | null): string {
  const [level = '', ...others] = path.map(formatPart);
  const titles: Readonly<Record<string, string>> = { ...stateTitles, ...changeTitles };
  if (paint === null)
    return `${others.at(-1) ?? level}: ${rows.length} ${rows.length === 1 ? 'endpoint' : 'endpoints'}`;
  if (rows.length > 1) return `${rows.length} endpoints of ${others.at(-2)}: ${titles[paint]}`;
  return `${others.at(-1)}: ${titles[paint]}`;
}

interface Shape {
  readonly start: number;
  readonly end: number;
  readonly inner: number;
  readonly outer: number;
  readonly scale: number;
}

/** Narrow arcs have no gap, which would hide them. */
function drawArc({ start, end, inner, outer, scale }: Shape): string {
  const pixels = (end - start) * outer * scale;
  const shape = arc().padRadius(inner);
  return (
    shape({
      startAngle: start,
      endAngle: end,
      innerRadius: inner,
      outerRadius: outer - 1.5,
      padAngle: pixels < 3 ? 0 : Math.min(0.006, (end - start) / 6),
    }) ?? ''
  );
}

/** A line in the hole, with its font size. */
export interface MiddleLine {
  readonly text: string;
  readonly size: number;
}

/** Chooses font sizes that let lines fit into the hole. Later lines that would get too small are left out. */
export function fitLines(texts: readonly string[], hole: number, scale: number): MiddleLine[] {
  const most = Math.max(1, Math.floor((1.5 * hole * scale) / 17));
  return texts
    .map((text) => ({ text, size: Math.min(14 / scale, (1.75 * hole) / (text.length * 0.6)) }))
    .filter(({ size }, place) => place === 0 || size * scale >= 9)
    .slice(0, most);
}
