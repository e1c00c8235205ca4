import { basename } from 'node:path';

/** Needed to check types; the versions that this project uses. */
export const typePackages = { '@types/node': '20.19.43', typescript: '7.0.2' } as const;

export const workbenchPackage = '@snoop/workbench';

/** What a project of live tests needs besides the workbench, which installs vitest and the client. */
export const neededPackages = [workbenchPackage, ...Object.keys(typePackages)];

/** @param packages names and versions */
export function formatManifest(folder: string, packages: Readonly<Record<string, string>>): string {
  return formatFile({
    name: deriveName(basename(folder)),
    private: true,
    type: 'module',
    scripts: { test: 'snoop test --typecheck' },
    devDependencies: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))),
  });
}

/** npm's rules for names: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
function deriveName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 200);
  return name === '' || name === 'node_modules' ? 'live-tests' : name;
}

/** For vitest, which resolves imports as a bundler does, whatever "type" package.json has. */
export const typeScriptConfig = formatFile({
  compilerOptions: {
    target: 'es2023',
    module: 'preserve',
    types: ['node'],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  },
  include: ['**/*.ts'],
});

export const ignoredNames = ['node_modules/', '.snoop*/'];

/** The lines to add to a `.gitignore` so that it ignores {@link ignoredNames}; empty if it does. */
export function findMissingLines(text: string): string[] {
  const bare = (line: string): string => line.trim().replaceAll(/^\/|[/*]+$/g, '');
  const present = new Set(text.split('\n').map(bare));
  return ignoredNames.filter((name) => !present.has(bare(name)));
}

function formatFile(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
