import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { explainSystemError, findInputs, readCoverage, readJsonDocument, type WindowHits } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { TestOutcome } from './documents/suite-results.ts';
import { coverageFileName, eventsFileName, readRunFile } from './folder/run-file.ts';
import { findFileOfRun } from './folder/file-of-run.ts';

/** A run that another one continues: what passed in it is not run again, and counts. */
export interface EarlierRun {
  readonly folder: string;
  readonly id: string;
  readonly release: string;
  /** The `sources` of its coverage. */
  readonly sources: readonly string[];
  /** Tests that passed. */
  readonly passed: ReadonlySet<string>;
  /** Hits of tests that passed. */
  readonly hits: readonly WindowHits[];
  /** Why its coverage is incomplete, other than an interruption, as sentences. */
  readonly reasons: readonly string[];
}

/** What an interrupted run says; the tests that passed before count all the same. */
export const interruptedReason = 'The run was interrupted.';
const isInterruption = (reason: string): boolean =>
  reason === interruptedReason || /^The suite was ended by SIG[A-Z]+\.$/.test(reason);

/**
 * Reads a folder of an audit run, whole or not, to continue it.
 *
 * @param readOutcomes reads JUnit files
 * @throws SnoopError `bad_run_folder`
 */
export async function readEarlierRun(
  folder: string,
  readOutcomes: (files: readonly string[]) => Promise<ReadonlyMap<string, TestOutcome>>,
): Promise<EarlierRun> {
  const run = readRunFile(folder, { partial: true });
  const { sources, endpoints } = await readCoverageOf(folder);
  const hits = endpoints.flatMap(({ endpoint, tests }) => tests.map((test) => toHit(test, endpoint)));
  const passed = new Set(hits.map(({ test }) => test ?? ''));
  // Some tests send no request.
  for (const [test, outcome] of await readOutcomes(listJunit(folder))) if (outcome === 'passed') passed.add(test);
  const reasons = run.reasons.filter((reason) => !isInterruption(reason));
  return {
    ...{ folder, id: run.id, release: run.cluster.version, sources, passed, hits },
    reasons: reasons.map((reason) => `In the earlier run ${run.id}: ${reason}`),
  };
}

async function readCoverageOf(folder: string) {
  const options = { cwd: folder, stdin: process.stdin };
  const file = await findFileOfRun(folder, coverageFileName, { cwd: folder, partial: true });
  const [input] = file === null ? [] : await findInputs(file, options);
  if (input === undefined) throw new SnoopError('bad_run_folder', `The audit run in ${folder} has no coverage.`);
  const { value, name } = await readJsonDocument(input, {});
  return readCoverage(value, name);
}

function listJunit(folder: string): string[] {
  try {
    const names = readdirSync(join(folder, 'junit')).filter((name) => name.endsWith('.xml'));
    return names.toSorted().map((name) => join(folder, 'junit', name));
  } catch (error) {
    throw new SnoopError('bad_run_folder', `The JUnit in ${folder} cannot be read: ${explainSystemError(error)}.`, {
      cause: error,
    });
  }
}

function toHit(test: string, endpoint: string): WindowHits {
  return { agent: 'e2e.test', test, isTest: true, endpoint, isHit: true, code: null, requests: 1 };
}

/** Copies the events of an earlier run, and of those that it continues itself, as `events-ID.jsonl.gz`. */
export function copyEvents({ folder, id }: EarlierRun, into: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^events(-.+)?\.jsonl\.gz$/.test(name)) continue;
    copyFileSync(join(folder, name), join(into, name === eventsFileName ? `events-${id}.jsonl.gz` : name));
  }
}
