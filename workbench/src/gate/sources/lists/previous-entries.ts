import { readShippedRelease } from '@snoop/snoopdb';
import { type ContentFile, readGitContent } from '../contents/content.ts';
import { SourceProblem } from '../contents/source-problem.ts';
import type { ReadGateDocument } from '../documents/gate-document.ts';

/**
 * The names that a list has at the commit of the previous document; null: git does not have that list.
 *
 * @param path from the top of the repository
 */
export async function readPreviousEntries(
  { git }: ReadGateDocument,
  path: string,
  readNames: (file: ContentFile) => readonly string[],
): Promise<ReadonlySet<string> | null> {
  if (git?.isOfProject !== true) return null;
  try {
    const { files } = await readGitContent(path, { ...git, path }, []);
    return new Set(files.flatMap((file) => readNames(file)));
  } catch (error) {
    if (error instanceof SourceProblem) return null;
    throw error;
  }
}

/** The names that a list has in the release of the previous document; null: that release does not ship. */
export async function readShippedEntries(
  { document }: ReadGateDocument,
  list: 'ineligible' | 'pending',
): Promise<ReadonlySet<string> | null> {
  const { release } = document.source;
  const shipped = release === null ? null : await readShippedRelease(release);
  if (shipped === null) return null;
  return new Set(list === 'pending' ? shipped.pending : shipped.ineligible.map(({ endpoint }) => endpoint));
}
