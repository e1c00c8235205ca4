import { resolve } from 'node:path';
import { compareResults, ConformanceError, type TestChange, type TestResult } from '@snoop/conformance';
import { SnoopError } from '../errors.ts';
import { passedClassPrefix } from './earlier-run.ts';
import { isRunFolder } from './folder/run-file.ts';
import { findJunitOfRun, readJunitFiles } from './read-outcomes.ts';

/**
 * Finds the tests that passed in one audit run and failed in a later one, by the JUnit of both.
 *
 * @returns null: one of them is not the folder of an audit run, or its suite left no JUnit
 * @throws SnoopError `bad_run_folder`
 */
export async function findNewlyFailing(
  before: string,
  after: string,
  cwd: string,
): Promise<readonly TestChange[] | null> {
  const results = [await readResults(before, cwd), await readResults(after, cwd)];
  const [old, current] = results;
  if (old === null || old === undefined || current === null || current === undefined) return null;
  if (![...old, ...current].some(isPassedBefore)) return compareResults(old, current).newlyFailing;
  return compareResults(old.map(omitClass), current.map(omitClass)).newlyFailing;
}

/** The JUnit of a run that continues another one does not have the class of what passed there. */
const isPassedBefore = ({ className }: TestResult): boolean => className.startsWith(passedClassPrefix);

function omitClass(test: TestResult): TestResult {
  return { ...test, className: '' };
}

async function readResults(name: string, cwd: string): Promise<TestResult[] | null> {
  const folder = resolve(cwd, name);
  if (!isRunFolder(folder)) return null;
  const files = await findJunitOfRun(folder);
  if (files.length === 0) return null;
  try {
    const results: TestResult[] = [];
    for await (const tests of readJunitFiles(files)) for (const test of tests) results.push(test);
    return results;
  } catch (cause) {
    if (!(cause instanceof ConformanceError) && !(cause instanceof SnoopError)) throw cause;
    throw new SnoopError('bad_run_folder', `The JUnit in ${folder} cannot be read: ${cause.message}`, { cause });
  }
}
