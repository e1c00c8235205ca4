import type { EndpointState } from './endpoint-state.ts';

/** The tile of a state's pattern; its background is the state's colour or `background`. */
export interface Pattern {
  /** Width and height of the tile, in pixels. */
  readonly size: number;
  /** Opacity of the state's colour below the marks. */
  readonly tint: number;
  /** SVG path of the marks; empty: none. */
  readonly marks: string;
  /** Width of the marks' lines in the state's colour; 0: filled. */
  readonly lineWidth: number;
}

/** Each state has a pattern, so that no state is told by colour alone. */
export const patterns: Readonly<Record<EndpointState, Pattern>> = {
  conformance: { size: 8, tint: 1, marks: '', lineWidth: 0 },
  tested: { size: 6, tint: 0.45, marks: 'M1.5 3a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0', lineWidth: 0 },
  untested: { size: 7, tint: 0.16, marks: 'M0 3.5H7M3.5 0V7', lineWidth: 1 },
  ineligible: { size: 6, tint: 0.16, marks: 'M-1 1L1-1M0 6L6 0M5 7L7 5', lineWidth: 1.2 },
  unknown: { size: 6, tint: 0.06, marks: '', lineWidth: 0 },
  deprecated: { size: 5, tint: 0.1, marks: 'M0 2.5H5', lineWidth: 1 },
};
