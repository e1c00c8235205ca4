import { readRelease, splitRelease } from '@snoop/snoopdb';

/**
 * Counts the minor releases from one release to another: 1 from 1.36.2 to 1.37.0, negative if the second is older. null: a
 * release is unknown, or they are of different major releases.
 */
export function countMinors(from: string | null, to: string | null): number | null {
  const [first, last] = [readMinor(from), readMinor(to)];
  return first === null || last === null || first.major !== last.major ? null : last.minor - first.minor;
}

/** The first release of the minor release that follows by so many: `1.38.0` for 1.37.2 and 1. null: it is unknown. */
export function addMinors(release: string | null, minors: number): string | null {
  const found = readMinor(release);
  return found === null ? null : `${found.major}.${found.minor + minors}.0`;
}

function readMinor(release: string | null): { major: number; minor: number } | null {
  const known = release === null ? null : readRelease(release);
  return known === null ? null : splitRelease(known);
}
