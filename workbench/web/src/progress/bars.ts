import type { ProgressFile } from '../../../src/ui/data/model.ts';
import type { PartFinder, ProgressPart } from './parts.ts';

/** A part of a bar. */
export interface Segment {
  readonly part: ProgressPart;
  /** Number of endpoints. */
  readonly count: number;
  /** Place and length from 0 to 1: of the longest bar, or of the stable endpoints of its release. */
  readonly start: number;
  readonly length: number;
}

export interface Bar {
  readonly release: string;
  readonly total: number;
  /** `549`, or `8.2%` of the stable endpoints. */
  readonly label: string;
  readonly segments: readonly Segment[];
}

/** Computes the bars of all releases, newest first. @param isPercentage whether to draw shares of the stable endpoints */
export function createBars(
  releases: ProgressFile['releases'],
  parts: readonly ProgressPart[],
  find: PartFinder,
  isPercentage: boolean,
): Bar[] {
  const counted = [...releases].reverse().map(({ release }) => {
    const counts = parts.map((part) => ({ part, count: find(release, part).length }));
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    return { release, counts, total, stable: find(release, 'all').length };
  });
  const longest = Math.max(1, ...counted.map(({ total }) => total));
  return counted.map(({ release, counts, total, stable }) => {
    const whole = isPercentage ? Math.max(1, stable) : longest;
    let before = 0;
    const segments = counts.map(({ part, count }) => {
      const segment = { part, count, start: before / whole, length: count / whole };
      before += count;
      return segment;
    });
    const share = isPercentage && total < stable ? formatShare(total, stable) : null;
    return { release, total, label: share ?? String(total), segments: segments.filter(({ count }) => count > 0) };
  });
}

/** `12.5%`; null if there are no endpoints. */
export function formatShare(count: number, total: number): string | null {
  return total === 0 ? null : `${((100 * count) / total).toFixed(1).replace(/\.0$/, '')}%`;
}
