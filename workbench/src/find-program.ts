import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/**
 * Finds a program on the PATH; null when there is none.
 *
 * @param path the folders of `PATH`
 */
export function findProgram(name: string, path: readonly string[]): string | null {
  for (const folder of path) {
    const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Try the next folder.
    }
  }
  return null;
}
