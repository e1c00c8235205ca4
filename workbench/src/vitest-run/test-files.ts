import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { explainSystemError, isSystemError } from '@snoop/snoopdb';
import { distance } from 'fastest-levenshtein';
import { SnoopError } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';

/** How a live test is recognised when no file is named. */
const livePattern = /\.live\.[cm]?[jt]sx?$/;

/** What a person may name: any file of tests, whatever it is called. */
const testPattern = /\.[cm]?[jt]sx?$/;

const passedOver = new Set(['node_modules', 'dist']);

/** Whether a folder of this name is not looked into for test files. */
export function isPassedOver(name: string): boolean {
  return passedOver.has(name) || name.startsWith('.');
}

/**
 * The test files to run, as absolute paths: the named files, all `*.live.ts` below named folders, or without any name
 * all below `cwd`.
 *
 * @throws SnoopError `no_such_test_file` with the nearest one there is; `no_test_files` when nothing is found,
 *   unless `mayBeNone`
 */
export async function findTestFiles(
  named: readonly string[],
  cwd: string,
  { mayBeNone = false }: { readonly mayBeNone?: boolean } = {},
): Promise<string[]> {
  const wanted = named.length > 0 ? named : ['.'];
  const found = new Set<string>();
  for (const name of wanted) {
    for (const file of await expand(resolve(cwd, name))) found.add(await realpath(file));
    if (!(await exists(resolve(cwd, name)))) throw await refuse(name, cwd);
  }
  if (found.size === 0 && !mayBeNone) {
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
      // What is below is passed over when it cannot be read; what was named is not.
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
  throw new SnoopError('no_such_test_file', `${path} is no test file.`, {
    exitCode: 2,
    advice: ['A live test is a TypeScript or JavaScript file; when a folder is named, those called *.live.ts are run.'],
  });
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return isPassedOver(entry.name) ? [] : walk(path);
      return livePattern.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat().sort();
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function refuse(name: string, cwd: string): Promise<SnoopError> {
  const near = nearest(
    name,
    (await walk(cwd)).map((file) => relative(cwd, file)),
  );
  return new SnoopError('no_such_test_file', `There is no test file ${isAbsolute(name) ? name : resolve(cwd, name)}.`, {
    exitCode: 2,
    advice: near === null ? [] : [didYouMean([`snoop test ${near}`])],
  });
}

/** A wrong folder should not outweigh the right name, so the file's name decides and the path breaks ties. */
function nearest(name: string, known: readonly string[]): string | null {
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
