import { readShippedRelease } from '@snoop/snoopdb';
import type { ReadGateDocument } from '../documents/gate-document.ts';
import type { ShippedReleases } from '../documents/shipped-match.ts';
import { type ContentFile, type GitOrigin, readGitContent } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';

/** How a list differs from the one before. */
export interface ListChanges {
  readonly added: readonly string[] | null;
  readonly removed: readonly string[] | null;
  /** Why the list before could not be read. */
  readonly notes: readonly string[];
}

export interface PreviousList {
  readonly previous: ReadGateDocument;
  /** Where the current list is in git. */
  readonly git: GitOrigin | null;
  /** Where kubernetes/kubernetes has the list. */
  readonly path: string;
  readonly readNames: (file: ContentFile) => readonly string[];
}

/**
 * Compares a list with the one in the commit of the previous document.
 *
 * @param shipped the names in the previous release, if git does not have it; null: unknown
 */
export async function compareWithPrevious(
  names: readonly string[],
  list: PreviousList,
  shipped: () => Promise<readonly string[] | null> = () => Promise.resolve(null),
): Promise<ListChanges> {
  const { git } = list.previous;
  try {
    const before = git?.isOfProject === true ? await readCommitted(list, git) : await shipped();
    if (before === null) return { added: null, removed: null, notes: [] };
    const [is, was] = [new Set(names), new Set(before)];
    return {
      added: names.filter((name) => !was.has(name)),
      removed: before.filter((name) => !is.has(name)),
      notes: [],
    };
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    // The way out that follows is one for documents.
    const [reason] = error.message.split('. ');
    return { added: null, removed: null, notes: [`What this change removes from the list is unknown: ${reason}.`] };
  }
}

async function readCommitted({ git: now, path: usual, readNames }: PreviousList, git: GitOrigin): Promise<string[]> {
  const path = now?.repository.folder === git.repository.folder ? now.path : usual;
  const { files } = await readGitContent(path, { ...git, path }, []);
  return files.flatMap(readNames);
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
