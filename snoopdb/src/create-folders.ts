import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from './errors.ts';

/**
 * Creates a folder and its missing parents. Unlike Node's `recursive`, it also returns in a file system that refuses
 * new folders with ENOENT, such as /proc.
 *
 * @param mode the permissions of new folders, less the umask
 * @returns the uppermost folder that was created; null if all existed
 * @throws the system's error
 */
export function createFolders(folder: string, mode = 0o777): string | null {
  try {
    mkdirSync(folder, { mode });
    return folder;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) {
      if (isFolder(folder)) return null;
      // The path exists, but not as a folder: ENOTDIR says so.
      throw Object.assign(new Error(`ENOTDIR: not a folder, mkdir '${folder}'`, { cause: error }), {
        code: 'ENOTDIR',
        syscall: 'mkdir',
        path: folder,
      });
    }
    const above = dirname(folder);
    if (!isSystemError(error, 'ENOENT') || above === folder || isFolder(above)) throw error;
    const first = createFolders(above, mode);
    return createFolders(folder, mode) === null ? first : (first ?? folder);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
