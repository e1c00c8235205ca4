import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { explainSystemError, isSystemError } from '@snoop/snoopdb';
import { distance } from 'fastest-levenshtein';
import { SnoopError } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';

const livePattern = /\.live\.[cm]?[jt]sx?$/;

/** Any file that a user names. */
const testPattern = /\.[cm]?[jt]sx?$/;

const skippedFolders = new Set(['node_modules', 'dist']);

/** Whether the search for test files skips folders of this name. */
export function isSkippedFolder(name: string): boolean {
  return skippedFolders.has(name) || name.startsWith('.');
}

/**
 * Finds test files, as absolute paths: the named files and all `*.live.ts` in named folders, by default in `cwd`.
 *
 * @throws SnoopError `no_such_test_file` with the nearest one; `no_test_files` when nothing is found, unless
 *   `mayBeEmpty`
 */
export async function findTestFiles(
  named: readonly string[],
  cwd: string,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Promise<string[]> {
  const wanted = named.length > 0 ? named : ['.'];
  const found = new Set<string>();
  for (const name of wanted) {
    for (const file of await expand(resolve(cwd, name))) found.add(await realpath(file));
    if (!(await exists(resolve(cwd, name)))) throw await createMissingError(name, cwd);
  }
  if (found.size === 0 && !mayBeEmpty) {
    throw new SnoopError(
      'no_test_files',
      `There is no test file *.live.ts in ${wanted.map((name) => resolve(cwd, name)).join(', ')}.`,
      {
        exitCode: 2,
        advice: ['Name one: snoop test my.live.ts'],
      },
    );
  }
  return [...found];
}

async function expand(path: string): Promise<string[]> {
  try {
    const kind = await stat(path);
    if (kind.isDirectory()) {
      // Only subfolders may be unreadable.
      await readdir(path);
      return walk(path);
    }
    if (kind.isFile() && testPattern.test(path)) {
      await access(path, constants.R_OK);
      return [path];
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return [];
    throw new SnoopError('no_such_test_file', `${path} cannot be read: ${explainSystemError(error)}.`, {
      exitCode: 2,
      cause: error,
    });
  }
  throw new SnoopError('no_such_test_file', `${path} is not a test file.`, {
    exitCode: 2,
    advice: ['Live tests are TypeScript or JavaScript files. In a folder, snoop runs *.live.ts files.'],
  });
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return isSkippedFolder(entry.name) ? [] : walk(path);
      return livePattern.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat().sort();
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function createMissingError(name: string, cwd: string): Promise<SnoopError> {
  const near = findNearestFile(
    name,
    (await walk(cwd)).map((file) => relative(cwd, file)),
  );
  return new SnoopError('no_such_test_file', `There is no test file ${isAbsolute(name) ? name : resolve(cwd, name)}.`, {
    exitCode: 2,
    advice: near === null ? [] : [didYouMean([`snoop test ${near}`])],
  });
}

/** The name of the file decides and the path breaks ties, so that a wrong folder matters less. */
function findNearestFile(name: string, known: readonly string[]): string | null {
  const score = (file: string): number => distance(basename(name), basename(file)) * 1000 + distance(name, file);
  const near = new Set(
    findNearest(
      basename(name),
      known.map((file) => basename(file)),
      known.length,
    ),
  );
  const files = known.filter((file) => near.has(basename(file)));
  return files.length === 0 ? null : files.reduce((best, file) => (score(file) < score(best) ? file : best));
}
