import { appendFileSync, copyFileSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainSystemError, isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { readInstalledVersion } from '../installed-version.ts';
import { quoteWord } from '../output/quote-word.ts';
import { findProjectRoot } from '../project-root.ts';
import { version } from '../version.ts';
import {
  findMissingLines,
  formatManifest,
  neededPackages,
  typePackages,
  typeScriptConfig,
  workbenchPackage,
} from './project-files.ts';

export interface WrittenFile {
  readonly name: string;
  readonly state: 'written' | 'extended' | 'unchanged';
  /** The added lines, or why it is unchanged. */
  readonly detail: string;
}

export interface WrittenProject {
  readonly files: readonly WrittenFile[];
  /** Command lines that install what the project lacks. */
  readonly install: readonly string[];
}

const firstTest = 'config-map-lifecycle.live.ts';
const manifestName = 'package.json';

/**
 * Writes the files that a folder needs for live tests. Existing files are not changed, except that `.gitignore` gets
 * missing lines.
 *
 * @param folder an absolute path; it is created if it is missing
 * @throws SnoopError `cannot_write` when the folder cannot be written
 */
export function writeProject(folder: string): WrittenProject {
  const packed = findPackedWorkbench();
  const files: WrittenFile[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    const write = (name: string, text: string): void => {
      files.push(create(name, () => writeFileSync(join(folder, name), text, { flag: 'wx' })));
    };
    write(manifestName, formatManifest(folder, listPackages(folder, packed)));
    write('tsconfig.json', typeScriptConfig);
    const example = fileURLToPath(new URL(`../../examples/${firstTest}`, import.meta.url));
    files.push(create(firstTest, () => copyFileSync(example, join(folder, firstTest), constants.COPYFILE_EXCL)));
    files.push(ignoreState(join(folder, '.gitignore')));
  } catch (error) {
    throw new SnoopError('cannot_write', `${folder} cannot be written: ${explainSystemError(error)}.`, {
      cause: error,
    });
  }
  return { files, install: describeInstall(folder, packed) };
}

function create(name: string, write: () => void): WrittenFile {
  try {
    write();
    return { name, state: 'written', detail: '' };
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    return { name, state: 'unchanged', detail: 'it exists' };
  }
}

function ignoreState(file: string): WrittenFile {
  const name = '.gitignore';
  if (!existsSync(file)) {
    return create(name, () => writeFileSync(file, `${findMissingLines('').join('\n')}\n`, { flag: 'wx' }));
  }
  try {
    const text = readFileSync(file, 'utf8');
    const lines = findMissingLines(text);
    if (lines.length === 0) return { name, state: 'unchanged', detail: 'it ignores the state and packages' };
    appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`);
    return { name, state: 'extended', detail: lines.join(' ') };
  } catch (error) {
    return { name, state: 'unchanged', detail: `it cannot be changed: ${explainSystemError(error)}` };
  }
}

/** The package that `npm run pack` wrote, if this program runs from that checkout. */
function findPackedWorkbench(): string | null {
  const file = join(findProjectRoot(), `snoop-workbench-${version}.tgz`);
  return existsSync(file) ? file : null;
}

function listPackages(folder: string, packed: string | null): Record<string, string> {
  const peers = ['@kubernetes/client-node', 'vitest'].flatMap((name) => {
    const installed = readInstalledVersion(name);
    return installed === null ? [] : [[name, installed]];
  });
  const workbench = packed === null ? {} : { [workbenchPackage]: `file:${relative(folder, packed)}` };
  return { ...Object.fromEntries(peers), ...typePackages, ...workbench };
}

function describeInstall(folder: string, packed: string | null): string[] {
  const listed = readListedPackages(folder);
  const missing = neededPackages.filter((name) => !listed.has(name));
  const words = missing.map((name) =>
    name === workbenchPackage ? (packed ?? `snoop-workbench-${version}.tgz`) : name,
  );
  if (words.length > 0) return [`npm install --save-dev ${words.map(quoteWord).join(' ')}`];
  return existsSync(join(folder, 'node_modules', workbenchPackage)) ? [] : ['npm install'];
}

/** All that are needed if package.json cannot be read or is not a manifest: npm reports that. */
function readListedPackages(folder: string): Set<string> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, manifestName), 'utf8'));
    const { dependencies, devDependencies } = Object(manifest) as Record<string, unknown>;
    return new Set([...Object.keys(Object(dependencies)), ...Object.keys(Object(devDependencies))]);
  } catch {
    return new Set(neededPackages);
  }
}
