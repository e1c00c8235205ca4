#!/usr/bin/env node
/**
 * Packs the built workbench, with the other packages inside, as one npm package to install in other projects:
 *
 *   npm run pack [-- FOLDER]      # writes FOLDER/snoop-workbench-X.Y.Z.tgz, by default in the project's root
 *
 * Needs only Node and npm, so it imports no package of the project.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const bundled = ['snoopdb', 'auditlogger', 'conformance'];
const packages = ['workbench', ...bundled];

/**
 * The installing project must use the same copies as the workbench: tests import them, and types of two copies do not
 * match. npm installs peers beside the project's own packages.
 */
const peers = ['@kubernetes/client-node', 'vitest'];

/** Needed by the types that the packages export. */
const types = ['@types/pg'];

/** In the folders that a package lists: scripts of the checkout. */
const isDevelopment = (path) => /\/bin\/.*\.mjs$|\/data\/(.*\.ts|audit-runs(\/.*)?)$/.test(path);

/** The files of a kind cluster: its configuration, and the sources of its images. `.dockerignore` lists the same. */
const projectFiles = [
  ...['.dockerignore', 'Dockerfile', 'LICENSE', 'NOTICE', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  ...['tsconfig.base.json', 'test/package.json', 'kind', 'manifests', ...packages],
];

/** Folders that neither an image nor a kind cluster needs, in any folder. */
const omitted = ['node_modules', 'dist', '.snoop', '.snoop-demo'];

/** A package's own tests; the page has sources in a folder of that name. */
const isTests = (path) => path.split(sep).length === 2 && basename(path) === 'test';

function pack(folder) {
  const staging = mkdtempSync(join(tmpdir(), 'snoop-pack-'));
  try {
    copyPackage('workbench', staging);
    for (const name of bundled) copyPackage(name, join(staging, 'node_modules', '@snoop', name));
    for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), join(staging, file));
    for (const file of projectFiles) copyProjectFile(file, join(staging, 'project', file));
    mkdirSync(folder, { recursive: true });
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const options = { cwd: staging, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 ** 2 };
    const [{ filename }] = Object.values(JSON.parse(execFileSync('npm', args, options)));
    return join(folder, filename);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function copyPackage(name, target) {
  const source = join(root, name);
  copyBuild(source, target);
  for (const entry of [...readManifest(name).files, 'README.md']) {
    if (entry === 'dist') continue;
    cpSync(join(source, entry), join(target, entry), { recursive: true, filter: (path) => !isDevelopment(path) });
  }
  const manifest = name === 'workbench' ? describeWorkbench() : describeBundled(name);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Copies the build without source maps, whose sources are not packed, and without what deleted sources left. */
function copyBuild(source, target) {
  for (const entry of readdirSync(join(source, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.d.ts')) continue;
    const name = relative(join(source, 'src'), join(entry.parentPath, entry.name)).slice(0, -'.ts'.length);
    mkdirSync(dirname(join(target, 'dist', name)), { recursive: true });
    for (const suffix of ['.js', '.d.ts']) {
      const text = readFileSync(join(source, 'dist', `${name}${suffix}`), 'utf8');
      writeFileSync(join(target, 'dist', `${name}${suffix}`), text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
    }
  }
}

function copyProjectFile(file, target) {
  const filter = (path) => {
    const name = relative(root, path);
    return !name.split(sep).some((part) => omitted.includes(part)) && !isTests(name);
  };
  cpSync(join(root, file), target, { recursive: true, filter });
}

function describeWorkbench() {
  const { devDependencies: _dev, scripts: _scripts, ...manifest } = readManifest('workbench');
  const dependencies = mergeDependencies();
  const peerDependencies = {};
  for (const name of types) dependencies[name] = readCatalog()[name];
  for (const name of peers) {
    peerDependencies[name] = `^${dependencies[name]}`;
    delete dependencies[name];
  }
  for (const name of bundled) dependencies[`@snoop/${name}`] = readManifest(name).version;
  return {
    ...manifest,
    exports: withoutSources(manifest.exports),
    files: [...manifest.files, 'project', 'NOTICE'],
    dependencies: sort(dependencies),
    peerDependencies,
    bundleDependencies: bundled.map((name) => `@snoop/${name}`),
  };
}

/** Its dependencies are the workbench's, so that npm does not look for missing ones in the bundle. */
function describeBundled(name) {
  const { devDependencies: _dev, dependencies: _dependencies, scripts: _scripts, ...manifest } = readManifest(name);
  return { ...manifest, exports: withoutSources(manifest.exports) };
}

/** All dependencies, with exact versions. @throws if two packages disagree */
function mergeDependencies() {
  const catalog = readCatalog();
  const merged = {};
  for (const name of packages) {
    for (const [dependency, wanted] of Object.entries(readManifest(name).dependencies ?? {})) {
      if (wanted.startsWith('workspace:')) continue;
      const version = wanted === 'catalog:' ? catalog[dependency] : wanted;
      if (version === undefined) throw new Error(`pnpm-workspace.yaml has no ${dependency} in its catalog.`);
      if ((merged[dependency] ?? version) !== version) {
        throw new Error(`${name} wants ${dependency} ${version}, another package ${merged[dependency]}.`);
      }
      merged[dependency] = version;
    }
  }
  return merged;
}

/** Reads the catalog of pnpm-workspace.yaml: lines `name: version` below `catalog:`. */
function readCatalog() {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const [, block = ''] = /^catalog:\n((?: .*\n|\n)*)/m.exec(text) ?? [];
  return Object.fromEntries(
    [...block.matchAll(/^ +"?([^":\s]+)"?: *"?([^"\s]+)"?$/gm)].map(([, name, version]) => [name, version]),
  );
}

/** Drops the sources, and exports that have nothing else. */
function withoutSources(exports) {
  const kept = Object.entries(exports).map(([path, target]) => {
    if (typeof target === 'string') return [path, target];
    const { '@snoop/source': _source, ...conditions } = target;
    return [path, conditions];
  });
  return Object.fromEntries(kept.filter(([, target]) => typeof target === 'string' || Object.keys(target).length > 0));
}

function readManifest(name) {
  return JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'));
}

function sort(record) {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const args = process.argv.slice(2);
if (args.length > 1 || args[0]?.startsWith('-')) {
  process.stderr.write('pack: Pass at most one folder: npm run pack -- FOLDER\n');
  process.exitCode = 2;
} else {
  // npm changes to the project's root, but a folder is relative to where the user is.
  const file = pack(args[0] === undefined ? root : resolve(process.env.INIT_CWD ?? process.cwd(), args[0]));
  const megabytes = (statSync(file).size / 1e6).toFixed(1);
  process.stdout.write(`${file}\n`);
  process.stderr.write(`${megabytes} MB. In your project: npm install --save-dev ${file}\n`);
}
