import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Resolves this package and its dependencies for test files anywhere on the disk. There must be one copy of each: the
 * clients that a test creates must be those that this package audits.
 */
export function aliasOwnPackages(): { find: RegExp; replacement: string }[] {
  // The worker runs what this process runs: sources (in this project's tests) or the build.
  const entry = new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url);
  const packages: [RegExp, string][] = [
    [/^@snoop\/workbench$/, entry.href],
    [/^@kubernetes\/client-node$/, import.meta.resolve('@kubernetes/client-node')],
    [/^vitest$/, import.meta.resolve('vitest')],
  ];
  return packages.map(([find, url]) => ({ find, replacement: fileURLToPath(url) }));
}

const folders = [import.meta.url, import.meta.resolve('@snoop/snoopdb')].map((url) =>
  dirname(dirname(fileURLToPath(url))).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
);

/** Matches the built files of this package and those that it loads, which are outside of node_modules in a checkout. */
export const isBuiltFile = new RegExp(`^(?:${folders.join('|')})/.*\\.js$`);
