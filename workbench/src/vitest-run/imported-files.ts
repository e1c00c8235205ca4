import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vitest } from 'vitest/node';

/** This package's code, and the package that it loads; in a checkout neither is in node_modules. */
const ownFolders = [
  dirname(dirname(fileURLToPath(import.meta.url))),
  dirname(dirname(fileURLToPath(import.meta.resolve('@snoop/snoopdb')))),
];

/**
 * Lists the files of a vitest run that a user may change: the test files and everything they import, without packages.
 * Includes files that could not be compiled.
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

/** Whether a file belongs to the user: it is in no package, including this one. */
export function isOwnFile(file: string): boolean {
  return (
    file.startsWith('/') &&
    !file.includes(`${sep}node_modules${sep}`) &&
    !ownFolders.some((folder) => file.startsWith(folder + sep))
  );
}
