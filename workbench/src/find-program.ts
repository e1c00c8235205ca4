import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/**
 * A program on the PATH; null when there is none of this name.
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
      // The next folder may have it.
    }
  }
  return null;
}
