import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from './errors.ts';

/**
 * Makes a folder and those above it; one that is there stays as it is. Node's own `recursive` never returns for a folder
 * in a file system that takes none and says that it does not exist, such as /proc.
 *
 * @param mode the permissions of new folders, less the umask
 * @returns the uppermost folder that was made; null when all were there
 * @throws the system's error
 */
export function makeFolders(folder: string, mode = 0o777): string | null {
  try {
    mkdirSync(folder, { mode });
    return folder;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) {
      if (isFolder(folder)) return null;
      // Of its two meanings the one that says what is wrong.
      throw Object.assign(new Error(`ENOTDIR: not a folder, mkdir '${folder}'`, { cause: error }), {
        code: 'ENOTDIR',
        syscall: 'mkdir',
        path: folder,
      });
    }
    const above = dirname(folder);
    if (!isSystemError(error, 'ENOENT') || above === folder || isFolder(above)) throw error;
    const first = makeFolders(above, mode);
    return makeFolders(folder, mode) === null ? first : (first ?? folder);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
