import type { DebtPart, GrowthPart, ProgressPart } from './parts.ts';

/** How a part is painted: a colour of the page, its opacity, and marks in a tile of 7 by 7. */
interface PartMark {
  readonly color: string;
  readonly tint: number;
  /** SVG path; empty: none. */
  readonly marks: string;
}

const none: PartMark = { color: '--unknown', tint: 0.2, marks: '' };
const drawn: Readonly<Record<GrowthPart | DebtPart, PartMark>> = {
  'old-tested': { color: '--conformance', tint: 0.55, marks: '' },
  'old-newly-tested': { color: '--conformance', tint: 0.25, marks: 'M-1 1L1 -1M0 7L7 0M6 8L8 6' },
  'new-tested': { color: '--link', tint: 0.9, marks: '' },
  'new-old-test': { color: '--link', tint: 0.25, marks: 'M0 3.5H7' },
  'new-untested': { color: '--untested', tint: 0.9, marks: '' },
  'old-untested': { color: '--untested', tint: 0.2, marks: 'M0 3.5H7M3.5 0V7' },
  'debt-paid': { color: '--conformance', tint: 0.25, marks: 'M-1 1L1 -1M0 7L7 0M6 8L8 6' },
  'debt-open': { color: '--untested', tint: 0.9, marks: '' },
};

export const partMarks: Readonly<Record<ProgressPart, PartMark>> = {
  ...{ all: none, new: none, tested: none, debt: none, 'new-open': none },
  ...drawn,
};

/** The attributes of a shape of a part. @param chart the prefix of the chart's patterns */
export function drawPart(part: ProgressPart, chart: string): { readonly style: string } {
  return { style: `fill: url(#${chart}-${part}); stroke-width: 1; stroke: var(${partMarks[part].color})` };
}
