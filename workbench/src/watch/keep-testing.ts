import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { FolderWatch } from './folder-watch.ts';
import { WorkFiles } from './work-files.ts';

export interface KeepTestingOptions {
  /** Files and folders; empty: the work folder. */
  readonly named: readonly string[];
  /** The work folder. */
  readonly cwd: string;
  /**
   * Performs a run and prints its report.
   *
   * @param files absolute paths
   * @param onFiles must be called with the files that were read, and whether these are all
   */
  readonly run: (
    files: readonly string[],
    onFiles: (files: readonly string[], isComplete: boolean) => void,
  ) => Promise<unknown>;
  /** Called with the error of a failed run; the watch continues. */
  readonly onError: (error: unknown) => void;
  readonly print: (text: string) => void;
  /** Called before the run that a save causes. */
  readonly clear: () => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the tests now and after every save of a test file or of what one imports, until the signal aborts. Saves during
 * a run cause one more run after it.
 *
 * Each is a separate run with its own id, journal and evidence, like another `snoop test`. Vitest's watch mode would
 * repeat tests within one run, so that their requests could not be told apart, and would run only the tests that a
 * save affects; a report needs all.
 */
export async function keepTesting({
  named,
  cwd,
  run,
  onError,
  print,
  clear,
  signal,
}: KeepTestingOptions): Promise<void> {
  const work = new WorkFiles();
  const folders = new FolderWatch();
  const follow = async (): Promise<string[]> => {
    const { deep, flat } = splitNamed(named, cwd);
    await folders.follow(deep, [...flat, ...work.folders]);
    return findTests(named, cwd);
  };
  try {
    let tests = await follow();
    while (!signal.aborted) {
      await work.begin(tests);
      let read: { files: readonly string[]; isComplete: boolean } | null = null;
      if (tests.length > 0) {
        try {
          await run(tests, (files, isComplete) => {
            read = { files, isComplete };
          });
        } catch (error) {
          if (signal.aborted) return;
          onError(error);
        }
      }
      if (signal.aborted) return;
      const seen = read as { files: readonly string[]; isComplete: boolean } | null;
      if (seen) await work.update(seen.files, seen.isComplete);
      print(`${tests.length === 0 ? 'There is no test file. ' : ''}Waiting for the next save; Ctrl-C ends it.`);
      let changed: string[] = [];
      for (;;) {
        // Watches before it compares, so that no save between the two is missed.
        tests = await follow();
        changed = await work.listChanged(tests);
        if (changed.length > 0 || signal.aborted) break;
        await folders.next(signal);
      }
      if (signal.aborted) return;
      clear();
      print(`Saved: ${describe(changed, cwd)}`);
    }
  } finally {
    folders.close();
  }
}

/** A named file may be missing for a while. */
async function findTests(named: readonly string[], cwd: string): Promise<string[]> {
  const existing = named.filter((name) => existsSync(resolve(cwd, name)));
  if (named.length > 0 && existing.length === 0) return [];
  return findTestFiles(existing, cwd, { mayBeEmpty: true }).catch(() => []);
}

function splitNamed(named: readonly string[], cwd: string): { deep: string[]; flat: string[] } {
  const paths = (named.length === 0 ? ['.'] : named).map((name) => resolve(cwd, name));
  const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return { deep: paths.filter(isFolder), flat: paths.filter((path) => !isFolder(path)).map((path) => dirname(path)) };
}

function describe(files: readonly string[], cwd: string): string {
  const names = files.slice(0, 3).map((file) => relative(cwd, file));
  return files.length <= 3 ? names.join(', ') : `${names.join(', ')} and ${files.length - 3} more`;
}
