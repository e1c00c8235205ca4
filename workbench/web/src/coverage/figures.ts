import type { CoverageFigures } from '@snoop/snoopdb';
import type { CoverageRow } from './changes.ts';

/** Numbers of endpoints that are not deprecated, as the question `askCoverage` counts them; null: unknown. */
export interface Figures extends Omit<CoverageFigures, 'tested' | 'confTested' | 'eligibleUnknown'> {
  readonly tested: number | null;
  readonly confTested: number | null;
  readonly untested: number | null;
  readonly eligibleUnknown: number | null;
  /** Since the previous release. */
  readonly new: number | null;
  /** Not counted in the others. */
  readonly deprecated: number;
}

/** Counts rows. Removed endpoints do not count: the release does not have them. */
export function countFigures(rows: readonly CoverageRow[]): Figures {
  const present = rows.filter((row) => row.change !== 'removed' || row.deprecated);
  const counted = present.filter((row) => !row.deprecated);
  const hasCoverage = counted.every(({ tested, unknown }) => tested !== null || unknown !== null);
  const hasLists = counted.every(({ eligible }) => eligible !== null);
  const count = (isKnown: boolean, matches: (row: CoverageRow) => boolean | null): number | null =>
    isKnown ? counted.filter(matches).length : null;
  return {
    endpoints: counted.length,
    tested: count(hasCoverage, (row) => row.tested),
    confTested: count(hasCoverage, (row) => row.confTested),
    untested: count(hasCoverage, (row) => row.tested === false),
    unknown: counted.filter(({ unknown }) => unknown !== null).length,
    eligibleUnknown: count(hasLists, (row) => row.eligible === true && row.unknown !== null),
    eligible: count(hasLists, (row) => row.eligible),
    eligibleTested: count(hasLists && hasCoverage, (row) => row.eligible === true && row.confTested),
    new: count(
      counted.every(({ isNew }) => isNew !== null),
      (row) => row.isNew,
    ),
    deprecated: present.length - counted.length,
  };
}

/** `62.5 %`; null if it is unknown or a share of nothing. Rounded down below 100 %, up above 0 %. */
export function formatShare(part: number | null, whole: number | null): string | null {
  if (part === null || whole === null || whole === 0) return null;
  const tenths = (part / whole) * 1000;
  const rounded = part === whole || part === 0 ? tenths : Math.min(999, Math.max(1, Math.round(tenths)));
  return `${rounded % 10 === 0 ? rounded / 10 : (rounded / 10).toFixed(1)} %`;
}
