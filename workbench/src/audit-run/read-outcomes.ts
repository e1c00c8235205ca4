import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readJunit, type TestResult, type TestState } from '@snoop/conformance';
import { explainSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { joinOutcomes, type TestOutcome } from './documents/suite-results.ts';
import { findFilesOfRun } from './folder/file-of-run.ts';

/** `flaked`: the last attempt passed. */
const outcomes: Readonly<Record<TestState, TestOutcome>> = {
  passed: 'passed',
  flaked: 'passed',
  failed: 'failed',
  skipped: 'skipped',
  pending: 'skipped',
};

/** Of all files together, so that what is kept of them fits into memory. */
export const maxJunitBytes = 256 * 2 ** 20;

/** Finds the JUnit in the folder of an audit run. @throws SnoopError `bad_run_folder`, also if one was changed */
export function findJunitOfRun(folder: string): Promise<string[]> {
  return findFilesOfRun(folder, (name) => /^junit\/[^/]+\.xml$/.test(name), { partial: true });
}

/**
 * Reads how tests ended from JUnit files.
 *
 * @throws ConformanceError if a file is not whole JUnit; SnoopError `unreadable_junit`
 */
export async function readOutcomes(files: readonly string[]): Promise<ReadonlyMap<string, TestOutcome>> {
  const found = new Map<string, TestOutcome>();
  for await (const tests of readJunitFiles(files)) {
    joinOutcomes(
      tests.map(({ name, state }) => [name, outcomes[state]] as const),
      found,
    );
  }
  return found;
}

/**
 * Reads the tests of each JUnit file.
 *
 * @throws ConformanceError if a file is not whole JUnit; SnoopError `unreadable_junit` if one is not a regular file, or they
 *   are larger than 256 MiB together
 */
export async function* readJunitFiles(files: readonly string[]): AsyncGenerator<readonly TestResult[]> {
  let bytes = 0;
  for (const file of files) {
    bytes += readSize(file);
    if (bytes > maxJunitBytes) {
      throw createUnreadableError(`The JUnit files up to ${file} have more than ${maxJunitBytes} bytes.`);
    }
    yield (await readJunit(createReadStream(file), { name: basename(file) })).tests;
  }
}

/** Before the file is opened: opening a FIFO would block. */
function readSize(file: string): number {
  try {
    const found = statSync(file);
    if (found.isFile()) return found.size;
  } catch (cause) {
    throw createUnreadableError(`${file} cannot be read: ${explainSystemError(cause)}.`, cause);
  }
  throw createUnreadableError(`${file} is not a regular file.`);
}

function createUnreadableError(message: string, cause?: unknown): SnoopError {
  return new SnoopError('unreadable_junit', message, { cause });
}
