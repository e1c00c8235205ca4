import { type Dirent, lstatSync, opendirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a suite left, or what --junit names. */
export interface FoundFiles {
  /** Sorted. */
  readonly files: readonly FoundFile[];
  /** Whether a folder has more than {@link maxEntries}; the others were not read. */
  readonly isShortened: boolean;
}

export interface FoundFile {
  readonly path: string;
  /** null: it is neither a regular file nor a link to one. */
  readonly bytes: number | null;
  readonly isLink: boolean;
}

const maxEntries = 10_000;

/**
 * Lists a file, or the files of a folder and below it. Links to folders are not followed, since they could form a loop.
 *
 * @throws an error of the system
 */
export function findFiles(path: string): FoundFiles {
  if (!statSync(path).isDirectory()) return { files: [describeFile(path)], isShortened: false };
  const files: FoundFile[] = [];
  const folders = [path];
  let left = maxEntries;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readEntries(folder)) {
      left -= 1;
      if (left < 0) return { files: sort(files), isShortened: true };
      const found = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(found);
      else files.push(describeFile(found));
    }
  }
  return { files: sort(files), isShortened: false };
}

/** One by one, since a folder may have millions. */
function* readEntries(folder: string): Generator<Dirent> {
  const opened = opendirSync(folder);
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) yield entry;
  } finally {
    opened.closeSync();
  }
}

function describeFile(path: string): FoundFile {
  const isLink = lstatSync(path).isSymbolicLink();
  const found = statSync(path, { throwIfNoEntry: false });
  return { path, bytes: found?.isFile() === true ? found.size : null, isLink };
}

function sort(files: FoundFile[]): FoundFile[] {
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}
