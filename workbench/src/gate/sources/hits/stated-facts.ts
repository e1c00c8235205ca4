import { normalizeRelease } from '@snoop/snoopdb';
import { wrongUse } from '../../../errors.ts';
import type { KnownFrom, SourceFacts } from '../../facts.ts';

/** What flags say about hits that cannot say it themselves; null or missing: the flag is not given. */
export interface HitsFlags {
  /** --hits-release, any spelling. */
  readonly hitsRelease?: string | null;
  /** --hits-date, ISO 8601. */
  readonly hitsDate?: string | null;
  /** --hits-commit, 7 to 40 hex digits. */
  readonly hitsCommit: string | null;
}

/** Facts of a source that it may say itself; null: unknown. */
export interface StatedFacts {
  /** X.Y.Z */
  readonly release: string | null;
  /** ISO 8601. */
  readonly date: string | null;
  /** 7 to 40 hex digits. */
  readonly commit: string | null;
}

/**
 * Checks what flags say about hits.
 *
 * @throws SnoopError `wrong_use`; SnoopDbError `bad_release`
 */
export function readStatedFacts({ hitsRelease = null, hitsDate = null, hitsCommit }: HitsFlags): StatedFacts {
  if (hitsDate !== null && Number.isNaN(Date.parse(hitsDate))) {
    throw wrongUse(
      `--hits-date '${hitsDate.slice(0, 60)}' is no date.`,
      'Write it as 2026-11-30 or 2026-11-30T12:00:00Z.',
    );
  }
  return {
    release: hitsRelease === null ? null : normalizeRelease(hitsRelease),
    date: hitsDate === null ? null : new Date(hitsDate).toISOString(),
    commit: hitsCommit,
  };
}

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
