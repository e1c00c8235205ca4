import { fileURLToPath } from 'node:url';

/**
 * Where test files find what they import from here, wherever on the disk they are. One copy of each: the clients a test
 * makes must be those that this package audits.
 */
export function aliasOwnPackages(): { find: RegExp; replacement: string }[] {
  // From source (in this project's own tests) this file ends in .ts, else in .js: the worker runs what this process runs.
  const face = new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url);
  const packages: [RegExp, string][] = [
    [/^@snoop\/workbench$/, face.href],
    [/^@kubernetes\/client-node$/, import.meta.resolve('@kubernetes/client-node')],
    [/^vitest$/, import.meta.resolve('vitest')],
  ];
  return packages.map(([find, url]) => ({ find, replacement: fileURLToPath(url) }));
}
