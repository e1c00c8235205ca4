import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { readJunit, type TestState } from '@snoop/conformance';
import type { TestOutcome } from './documents/suite-results.ts';
import { joinOutcomes } from './suite-outcomes.ts';

/** `flaked`: the last attempt passed. Others did not run to their end. */
const outcomes: Readonly<Partial<Record<TestState, TestOutcome>>> = {
  passed: 'passed',
  flaked: 'passed',
  failed: 'failed',
};

/**
 * Reads how tests ended from JUnit files. Tests that did not run are left out.
 *
 * @throws ConformanceError if a file is not whole JUnit
 */
export async function readOutcomes(files: readonly string[]): Promise<ReadonlyMap<string, TestOutcome>> {
  const found: [string, TestOutcome][] = [];
  for (const file of files) {
    const { tests } = await readJunit(createReadStream(file), { name: basename(file) });
    for (const { name, state } of tests) {
      const outcome = outcomes[state];
      if (outcome !== undefined) found.push([name, outcome]);
    }
  }
  return joinOutcomes(found);
}
