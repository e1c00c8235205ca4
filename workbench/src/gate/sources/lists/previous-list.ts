import { readShippedRelease } from '@snoop/snoopdb';
import type { GateList } from '../../facts.ts';
import type { ReadGateDocument } from '../documents/gate-document.ts';
import type { ShippedReleases } from '../documents/shipped-match.ts';
import { type ContentFile, type GitOrigin, readGitContent } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';

/** The names of a list before; null: unknown. */
export interface PreviousNames {
  readonly names: readonly string[] | null;
  /** Why they could not be read. */
  readonly notes: readonly string[];
}

/**
 * Reads the names of a list in the commit of the previous document.
 *
 * @param now where the current list is in git
 * @param usualPath where kubernetes/kubernetes has the list
 */
export async function readPreviousNames(
  { git }: ReadGateDocument,
  now: GitOrigin | null,
  usualPath: string,
  readNames: (file: ContentFile) => readonly string[],
): Promise<PreviousNames> {
  if (git?.isOfProject !== true) return { names: null, notes: [] };
  const path = now?.repository.folder === git.repository.folder ? now.path : usualPath;
  try {
    const { files } = await readGitContent(path, { ...git, path }, []);
    return { names: files.flatMap((file) => readNames(file)), notes: [] };
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    // The way out that follows is one for documents.
    const [reason] = error.message.split('. ');
    return { names: null, notes: [`What this change removes from the list is unknown: ${reason}.`] };
  }
}

/** Compares the names of a list with those before. */
export function compareNames(
  names: readonly string[],
  before: readonly string[] | null,
): Pick<GateList<unknown>, 'added' | 'removed'> {
  if (before === null) return { added: null, removed: null };
  const [is, was] = [new Set(names), new Set(before)];
  return { added: names.filter((name) => !was.has(name)), removed: before.filter((name) => !is.has(name)) };
}

/** The names that a list has in the release of the previous document; null: that release does not ship. */
export async function readShippedEntries(
  { document }: ReadGateDocument,
  list: 'ineligible' | 'pending',
): Promise<readonly string[] | null> {
  const { release } = document.source;
  const shipped = release === null ? null : await readShippedRelease(release);
  if (shipped === null) return null;
  return list === 'pending' ? shipped.pending : shipped.ineligible.map(({ endpoint }) => endpoint);
}

/**
 * The conformance tests of a release that ships, if the previous document is of it: its name alone does not prove that.
 * The endpoint lists that ship are those of the day when the data were made, the same for all releases, so they say
 * nothing about a change.
 */
export async function readShippedTests(
  { document: { source, endpoints } }: ReadGateDocument,
  shipped: ShippedReleases,
): Promise<readonly string[] | null> {
  const { release, releaseFrom } = source;
  if (release === null || (releaseFrom !== 'shipped data' && shipped.findMatch(endpoints) !== release)) return null;
  const snapshot = await readShippedRelease(release);
  if (snapshot === null || snapshot.conformance.length === 0) return null;
  return snapshot.conformance.flatMap(({ test }) => snapshot.tests[test] ?? []);
}
