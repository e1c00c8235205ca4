import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vitest } from 'vitest/node';

/** This package, and what tests get from it. */
const ownFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The files of a vitest run that somebody may change between two runs: the test files and all that they import, directly
 * or not, but no packages. Files that could not be compiled are among them.
 */
export function listImportedFiles(vitest: Vitest): string[] {
  const files = new Set<string>();
  for (const { vite } of vitest.projects) {
    for (const { moduleGraph } of Object.values(vite.environments)) {
      for (const file of moduleGraph.fileToModulesMap.keys()) files.add(file);
    }
  }
  return [...files].filter(isOwnFile);
}

/** Whether a file belongs to the people who write tests: it lies in no package, and not in this one. */
export function isOwnFile(file: string): boolean {
  return file.startsWith('/') && !file.includes(`${sep}node_modules${sep}`) && !file.startsWith(ownFolder + sep);
}
