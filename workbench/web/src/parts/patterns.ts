import { type Change, changes } from './endpoint-change.ts';
import { type EndpointState, endpointStates } from './endpoint-state.ts';

/** What an endpoint is painted with: its state, or its change between two releases. */
export type Paint = EndpointState | Change;
export const paints: readonly Paint[] = [...endpointStates, ...changes];

/** The tile of a paint's pattern, in the colour of the CSS variable with its name. */
export interface Pattern {
  /** Width and height of the tile, in pixels. */
  readonly size: number;
  /** Opacity of the colour below the marks. */
  readonly tint: number;
  /** SVG path of the marks; empty: none. */
  readonly marks: string;
  /** Width of the marks' lines; 0: filled. */
  readonly lineWidth: number;
}

const solid: Pattern = { size: 8, tint: 1, marks: '', lineWidth: 0 };
const dots: Pattern = { size: 6, tint: 0.45, marks: 'M1.5 3a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0', lineWidth: 0 };
const grid: Pattern = { size: 7, tint: 0.16, marks: 'M0 3.5H7M3.5 0V7', lineWidth: 1 };
const hatch: Pattern = { size: 6, tint: 0.16, marks: 'M-1 1L1-1M0 6L6 0M5 7L7 5', lineWidth: 1.2 };
const lines: Pattern = { size: 5, tint: 0.1, marks: 'M0 2.5H5', lineWidth: 1 };
const crosses: Pattern = { size: 8, tint: 0.3, marks: 'M2 2L6 6M6 2L2 6', lineWidth: 1.5 };
const sparse: Pattern = { size: 8, tint: 0.1, marks: 'M3.25 4a.75 .75 0 1 0 1.5 0a.75 .75 0 1 0-1.5 0', lineWidth: 0 };
const plain: Pattern = { size: 8, tint: 0.14, marks: '', lineWidth: 0 };

/** No state is told by colour alone. */
export const patterns: Readonly<Record<Paint, Pattern>> = {
  conformance: solid,
  tested: dots,
  untested: grid,
  ineligible: hatch,
  unknown: sparse,
  deprecated: lines,
  gained: solid,
  lost: crosses,
  new: dots,
  removed: hatch,
  unclear: lines,
  same: plain,
};

/** The CSS fill of a paint. Without marks it is a colour, which browsers draw faster. @param prefix of Patterns.svelte */
export function writeFill(paint: Paint, prefix: string): string {
  const { tint, marks } = patterns[paint];
  if (marks !== '') return `url(#${prefix}-${paint})`;
  return `color-mix(in srgb, var(--${paint}) ${tint * 100}%, var(--background))`;
}
