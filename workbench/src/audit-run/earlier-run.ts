import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findInputs, readCoverage, readJsonDocument, type WindowHits } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { formatJunit } from '../output/junit.ts';
import type { TestOutcome } from './documents/suite-results.ts';
import { findJunitOfRun } from './read-outcomes.ts';
import { coverageFileName, eventsFileName, readRunFile } from './folder/run-file.ts';
import { findFileOfRun, findFilesOfRun } from './folder/file-of-run.ts';

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
  /** Paths of its audit events, and of those of the runs that it continues itself. */
  readonly events: readonly string[];
  /** Why its coverage is incomplete, other than an interruption, as sentences. */
  readonly reasons: readonly string[];
}

const isEventsFile = /^events(-[\w-]+)?\.jsonl\.gz$/;

/** What an interrupted run says; the tests that passed before count all the same. */
export const interruptedReason = 'The run was interrupted.';
const isInterruption = (reason: string): boolean =>
  reason === interruptedReason ||
  /^The suite was ended by SIG[A-Z]+\.$|^\d+ of \d+ processes left no JUnit/.test(reason);

/** Says how many processes of a suite left no JUnit; null: none. */
export function describeMissingJunit(missing: number, all: number): string | null {
  return missing === 0 ? null : `${missing} of ${all} processes left no JUnit, so their specs count as not run.`;
}

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
  for (const [test, outcome] of await readOutcomes(await findJunitOfRun(folder)))
    if (outcome === 'passed') passed.add(test);
  const reasons = run.reasons.filter((reason) => !isInterruption(reason));
  const events = await findFilesOfRun(folder, (name) => isEventsFile.test(name), { partial: true });
  return {
    ...{ folder, events, id: run.id, release: run.cluster.version, sources, passed, hits },
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

function toHit(test: string, endpoint: string): WindowHits {
  return { agent: 'e2e.test', test, isTest: true, endpoint, isHit: true, code: null, requests: 1 };
}

/** Of the classes in the JUnit of {@link formatPassed}; the run's id follows. */
export const passedClassPrefix = 'passed in ';

/** Formats JUnit of what is not run again, so that the JUnit of the later run has all tests. */
export function formatPassed({ id, passed }: Pick<EarlierRun, 'id' | 'passed'>): string {
  const cases = [...passed].sort().map((name) => ({ name, ms: null, result: null, output: '' }));
  return formatJunit({ name: id, ms: null, startedAt: null }, [
    { name: `${passedClassPrefix}${id}`, properties: [], cases },
  ]);
}

/** Copies the events of an earlier run, and of those that it continues itself, as `events-ID.jsonl.gz`. */
export function copyEvents({ events, id }: Pick<EarlierRun, 'events' | 'id'>, into: string): void {
  for (const path of events) {
    const name = basename(path);
    copyFileSync(path, join(into, name === eventsFileName ? `events-${id}.jsonl.gz` : name));
  }
}
