import { compareReleases, isSameMinor, listShippedReleases, readShippedRelease, splitRelease } from '@snoop/snoopdb';
import type { PendingEntry } from '../../facts.ts';
import type { GitOrigin } from '../contents/content.ts';
import { readLineReleases } from '../contents/line-commits.ts';

/**
 * Adds the release since which each endpoint is on the list: by git, or by the lists of shipped releases if
 * these had it earlier: a line that was edited is younger in git than its entry.
 *
 * @param release of the current document, X.Y.Z; null: unknown
 */
export async function dateEntries(
  entries: readonly PendingEntry[],
  git: GitOrigin | null,
  release: string | null,
): Promise<PendingEntry[]> {
  if (entries.length === 0) return [];
  const byGit = git && (await readGitDates(git));
  const shipped = release === null ? [] : await readShippedLists(release);
  return entries.map((entry) => {
    const inGit = byGit === null ? null : byGit.find(entry.endpoint);
    const since = findSince(entry.endpoint, shipped, release);
    if (byGit !== null && (inGit === null || since === null || compareReleases(inGit, since) <= 0)) {
      return { ...entry, since: inGit, sinceFrom: inGit === null ? null : 'git' };
    }
    return { ...entry, since, sinceFrom: since === null ? null : 'shipped data' };
  });
}

async function readGitDates(git: GitOrigin): Promise<{ find(endpoint: string): string | null }> {
  const { repository, commit, path, isCommitted } = git;
  const lines = await readLineReleases(repository, commit.id, path);
  const releases = new Map<string, string | null>();
  for (const [text, release] of lines) {
    // `- name  # reason`
    const name = /^-?\s*["']?([^\s"'#]+)/.exec(text)?.[1];
    if (name !== undefined && !releases.has(name)) releases.set(name, release === null ? null : toMinor(release));
  }
  // A line that is not committed yet was added in the release of the commit below it.
  const isKnown = !isCommitted && lines.size > 0 && commit.release !== null;
  const uncommitted = isKnown ? toMinor(commit.release) : null;
  return { find: (endpoint) => (releases.has(endpoint) ? (releases.get(endpoint) ?? null) : uncommitted) };
}

/** The pending endpoints of the shipped releases up to one, the newest first. */
async function readShippedLists(upTo: string): Promise<{ release: string; pending: Set<string> }[]> {
  const lists = [];
  for (const release of await listShippedReleases()) {
    const isUpTo = compareReleases(release, upTo) <= 0 || isSameMinor(release, upTo);
    if (isUpTo) lists.unshift({ release, pending: new Set((await readShippedRelease(release))?.pending) });
  }
  return lists;
}

function findSince(
  endpoint: string,
  lists: readonly { release: string; pending: Set<string> }[],
  current: string | null,
): string | null {
  const [newest] = lists;
  if (newest === undefined || current === null) return null;
  let since: string | null = null;
  for (const { release, pending } of lists) {
    if (!pending.has(endpoint)) break;
    since = release;
  }
  if (since !== null) return since;
  // Not on the list of the release before: it was added since.
  const isNext = splitRelease(current).minor - splitRelease(newest.release).minor <= 1;
  return isNext ? toMinor(current) : null;
}

function toMinor(release: string): string {
  const { major, minor } = splitRelease(release);
  return `${major}.${minor}.0`;
}
