import { compareReleases, splitRelease } from '../release.ts';
import type { Level } from './level.ts';

/** The history that ships: for endpoints that became stable in releases up to the newest, in which. */
export interface StableHistory {
  /** X.Y.Z */
  readonly newestRelease: string;
  /** By endpoint, X.Y.Z. */
  readonly firstReleases: ReadonlyMap<string, string>;
}

/** A release and all its endpoints. */
export interface KnownRelease {
  /** X.Y.Z */
  readonly release: string;
  readonly endpoints: Iterable<{ readonly endpoint: string; readonly level: Level; readonly deprecated: boolean }>;
}

/**
 * Finds the first release in which each endpoint is stable, as the view conformance.first_stable_release does: from the
 * history, else the oldest given release with it, if the minor release before is given or is the history's newest. Of
 * endpoints that are missing in the answer it is unknown.
 *
 * @param history null: none is known
 */
export function findFirstReleases(
  history: StableHistory | null,
  releases: readonly KnownRelease[],
): Map<string, string> {
  const minors = new Set(
    [...releases.map(({ release }) => release), ...(history === null ? [] : [history.newestRelease])].map((release) =>
      formatMinor(release),
    ),
  );
  const found = new Map(history?.firstReleases);
  const oldest = new Map<string, string>();
  for (const { release, endpoints } of [...releases].sort((a, b) => compareReleases(a.release, b.release))) {
    const followsKnown = minors.has(formatMinor(release, -1));
    for (const { endpoint, level, deprecated } of endpoints) {
      if (level !== 'stable' || deprecated || oldest.has(endpoint)) continue;
      oldest.set(endpoint, release);
      if (followsKnown && !found.has(endpoint)) found.set(endpoint, release);
    }
  }
  return found;
}

function formatMinor(release: string, plus = 0): string {
  const { major, minor } = splitRelease(release);
  return `${major}.${minor + plus}`;
}
