/** Finds where in a repository something is, for annotations beside its lines. */
export interface Places {
  /** The path of a source from the root of the repository, by its name; null: it is not in it. */
  locate(name: string): string | null;
  /** The line of a path of the API in the current document, from 1; null: unknown. */
  findLine(path: string): number | null;
}

/** For tests, and for sources that are in no repository. */
export const noPlaces: Places = { locate: () => null, findLine: () => null };

/**
 * Finds the lines of the paths in an OpenAPI document, from 1. It does not parse: a document whose paths are not at the
 * beginning of lines has none.
 */
export function findPathLines(document: string): Map<string, number> {
  const lines = new Map<string, number>();
  let line = 1;
  let counted = 0;
  for (const { 1: path = '', index } of document.matchAll(/^[ \t]*"(\/[^"\n]*)"[ \t]*:/gm)) {
    for (let end = document.indexOf('\n', counted); end >= 0 && end < index; end = document.indexOf('\n', counted)) {
      counted = end + 1;
      line += 1;
    }
    if (!lines.has(path)) lines.set(path, line);
  }
  return lines;
}
