import { createReadStream, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compareResults, ConformanceError, readJunit, type TestChange, type TestResult } from '@snoop/conformance';
import { SnoopError } from '../errors.ts';
import { isRunFolder } from './folder/run-file.ts';

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
  return compareResults(old, current).newlyFailing;
}

async function readResults(name: string, cwd: string): Promise<TestResult[] | null> {
  const folder = resolve(cwd, name);
  if (!isRunFolder(folder)) return null;
  const junit = join(folder, 'junit');
  try {
    const files = readdirSync(junit).filter((file) => file.endsWith('.xml'));
    if (files.length === 0) return null;
    const results: TestResult[] = [];
    for (const file of files.sort()) {
      results.push(...(await readJunit(createReadStream(join(junit, file)), { name: file })).tests);
    }
    return results;
  } catch (cause) {
    const isKnown = cause instanceof ConformanceError || (cause instanceof Error && 'code' in cause);
    if (!isKnown) throw cause;
    throw new SnoopError('bad_run_folder', `The JUnit in ${junit} cannot be read: ${cause.message}`, { cause });
  }
}
