import type { KnownFrom, SourceFacts } from '../../facts.ts';
import type { StatedFacts } from './options.ts';

type JoinedFacts = Pick<
  SourceFacts,
  'release' | 'releaseFrom' | 'date' | 'dateFrom' | 'commit' | 'commitFrom' | 'problems'
>;

/** Runs take hours, and a date may be without a time. */
const sameDateMs = 48 * 60 * 60 * 1000;

/**
 * Joins what a source says about itself with what flags say about it. Flags fill gaps; a flag that contradicts the source
 * is a problem.
 *
 * @param from where the source says it
 */
export function joinFacts(found: StatedFacts, from: KnownFrom, stated: StatedFacts): JoinedFacts {
  const origin = (known: string | null, flag: string | null): KnownFrom | null =>
    known !== null ? from : flag === null ? null : 'flag';
  return {
    release: found.release ?? stated.release,
    releaseFrom: origin(found.release, stated.release),
    date: found.date ?? stated.date,
    dateFrom: origin(found.date, stated.date),
    commit: joinCommits(found.commit, stated.commit),
    commitFrom: origin(found.commit, stated.commit),
    problems: [
      ...compareFact('release', '--hits-release', found.release, stated.release, (a, b) => a === b),
      ...compareFact('date', '--hits-date', found.date, stated.date, isSameDate),
      ...compareFact('commit', '--hits-commit', found.commit, stated.commit, isSameCommit),
    ],
  };
}

function compareFact(
  what: string,
  flag: string,
  found: string | null,
  stated: string | null,
  isSame: (found: string, stated: string) => boolean,
): string[] {
  if (found === null || stated === null || isSame(found, stated)) return [];
  return [`It shows the ${what} ${found}, but ${flag} is ${stated}. Correct the flag, or give other hits.`];
}

function isSameDate(left: string, right: string): boolean {
  return Math.abs(Date.parse(left) - Date.parse(right)) <= sameDateMs;
}

/** Either may be abbreviated. */
function isSameCommit(left: string, right: string): boolean {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a);
}

/** The longer form of the same commit. */
function joinCommits(found: string | null, stated: string | null): string | null {
  if (found === null || stated === null) return found ?? stated;
  return stated.length > found.length && isSameCommit(found, stated) ? stated : found;
}
