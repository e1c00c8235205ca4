import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { FolderWatch } from './folder-watch.ts';
import { WorkFiles } from './work-files.ts';

export interface KeepTestingOptions {
  /** Files and folders as they were named; none: the work folder. */
  readonly named: readonly string[];
  /** The work folder. */
  readonly cwd: string;
  /**
   * One run, with its report.
   *
   * @param files absolute paths
   * @param onFiles to be told which files it read, and whether these are all
   */
  readonly run: (
    files: readonly string[],
    onFiles: (files: readonly string[], isWhole: boolean) => void,
  ) => Promise<unknown>;
  /** Told why a run could not be made; it goes on. */
  readonly onError: (error: unknown) => void;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the tests, and again at every save of a test file or of what one imports, until it is aborted. Saves during a
 * run make one more run after it.
 *
 * Each save is a run of its own, with its own id, journal and evidence, as if a person had called `snoop test` again.
 * Vitest's own watch would run other tests within the same run, whose requests could no longer be told from those of
 * before, and only those tests that a save touches; a report is about all of them.
 */
export async function keepTesting({ named, cwd, run, onError, say, signal }: KeepTestingOptions): Promise<void> {
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
      let read: { files: readonly string[]; isWhole: boolean } | null = null;
      if (tests.length > 0) {
        try {
          await run(tests, (files, isWhole) => {
            read = { files, isWhole };
          });
        } catch (error) {
          if (signal.aborted) return;
          onError(error);
        }
      }
      if (signal.aborted) return;
      const seen = read as { files: readonly string[]; isWhole: boolean } | null;
      if (seen) await work.learn(seen.files, seen.isWhole);
      say(`${tests.length === 0 ? 'There is no test file. ' : ''}Waiting for the next save; Ctrl-C ends it.`);
      let changed: string[] = [];
      for (;;) {
        // Watched first, looked at then: what is saved between the two is seen either way.
        tests = await follow();
        changed = await work.listChanged(tests);
        if (changed.length > 0 || signal.aborted) break;
        await folders.next(signal);
      }
      if (signal.aborted) return;
      say(`Saved: ${describe(changed, cwd)}`);
    }
  } finally {
    folders.close();
  }
}

/** Those that are there; a named file may be gone for a while. */
async function findTests(named: readonly string[], cwd: string): Promise<string[]> {
  const there = named.filter((name) => existsSync(resolve(cwd, name)));
  if (named.length > 0 && there.length === 0) return [];
  return findTestFiles(there, cwd, { mayBeNone: true }).catch(() => []);
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
