import type { ProgressFile } from '../../../src/ui/data/model.ts';
import type { PartFinder, ProgressPart } from './parts.ts';

/** A part of a bar. */
export interface Segment {
  readonly part: ProgressPart;
  /** Number of endpoints. */
  readonly count: number;
  /** Place and length, from 0 to 1 of the longest bar, or of its own bar if percentages are shown. */
  readonly start: number;
  readonly length: number;
}

export interface Bar {
  readonly release: string;
  readonly total: number;
  readonly segments: readonly Segment[];
}

/** Computes the bars of all releases, newest first. @param isPercentage whether all bars have the same length */
export function createBars(
  releases: ProgressFile['releases'],
  parts: readonly ProgressPart[],
  find: PartFinder,
  isPercentage: boolean,
): Bar[] {
  const counted = [...releases].reverse().map(({ release }) => {
    const counts = parts.map((part) => ({ part, count: find(release, part).length }));
    return { release, counts, total: counts.reduce((sum, { count }) => sum + count, 0) };
  });
  const longest = Math.max(1, ...counted.map(({ total }) => total));
  return counted.map(({ release, counts, total }) => {
    const whole = isPercentage ? Math.max(1, total) : longest;
    let before = 0;
    const segments = counts.map(({ part, count }) => {
      const segment = { part, count, start: before / whole, length: count / whole };
      before += count;
      return segment;
    });
    return { release, total, segments: segments.filter(({ count }) => count > 0) };
  });
}

/** `12.5%`; null if there are no endpoints. */
export function formatShare(count: number, total: number): string | null {
  return total === 0 ? null : `${((100 * count) / total).toFixed(1).replace(/\.0$/, '')}%`;
}
