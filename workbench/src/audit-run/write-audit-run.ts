import { constants } from 'node:os';
import { type ReleaseDocument, toError } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import { escapeMarkdown } from '../output/markdown.ts';
import { count } from '../output/quantities.ts';
import { version } from '../version.ts';
import type { AuditRunOptions, AuditRunResult, RunSuite } from './audit-run-options.ts';
import { joinOutcomes, type SuiteResults } from './documents/suite-results.ts';
import { createSummary, describeCounters } from './documents/summary.ts';
import { copyEvents, type EarlierRun, formatPassed, interruptedReason } from './earlier-run.ts';
import { coverageFileName, createRunFile, type RunCounters, type RunFile } from './folder/run-file.ts';
import { endObservation } from './end-observation.ts';
import type { PreparedRun } from './prepare-audit-run.ts';
import type { RunDraft } from './run-draft.ts';
import { collectJunit } from './suite-outcomes.ts';
import type { SuiteEnd } from './suite-process.ts';
import { writeWithRetries } from './write-with-retries.ts';

/**
 * Waits until the events of a run are stored, and writes its folder. What cannot be read or written makes the run
 * incomplete.
 *
 * @throws SnoopError `unwritable` if not even run.json can be written
 */
export async function writeRun(
  options: AuditRunOptions,
  draft: RunDraft,
  prepared: PreparedRun,
  suite: RunSuite,
): Promise<AuditRunResult> {
  const { pool, target, earlier } = options;
  const { runId, release, document, observing, observation, cluster } = prepared;
  const reasons = [...(earlier?.reasons ?? []), ...explainEnd(suite)];
  const results = await readResults(options, draft, suite, reasons);
  const observed = await endObservation(observation, observing);
  reasons.push(...observed.reasons);
  const notes = [...suite.notes, ...describeDocument(document, release), ...describeEarlier(earlier)];
  if (earlier !== null) {
    copyEvents(earlier, draft.folder);
    draft.writeText(`junit/passed-${earlier.id}.xml`, formatPassed(earlier));
  }
  try {
    await refreshClusterDocument(pool, cluster);
  } catch (error) {
    notes.push(`The cluster's OpenAPI document was not read again: ${toError(error).message}`);
  }
  const facts = {
    id: runId,
    command: suite.command,
    seconds: suite.seconds,
    exitCode: suite.exitCode,
    outcomes: results.outcomes,
    counters: observed.counters,
    cluster: `${target.kind} ${target.server}, Kubernetes ${release}`,
  };
  const made = await writeWithRetries(
    { ...options, draft, observed, results, ...prepared, limits: observing.limits },
    reasons,
  );
  const gateExitCode = made === null ? null : await judge(options, draft, prepared, notes);
  const summary =
    made === null
      ? createShortSummary(runId, reasons, observed.counters)
      : createSummary({ ...facts, ...made, gateExitCode, reasons, notes });
  draft.freeReserve();
  draft.writeText('summary.md', summary);
  await draft.finish((files) =>
    describeRun(options, prepared, suite, { reasons, gateExitCode, counters: observed.counters, files }),
  );
  const complete = reasons.length === 0;
  const advice = made?.agents.advice ?? null;
  return { complete, reasons, counters: observed.counters, exitCode: suite.exitCode, gateExitCode, advice };
}

type ChangingFacts = Pick<RunFile, 'reasons' | 'gateExitCode' | 'counters' | 'files'>;

/** Creates run.json. */
export function describeRun(
  options: AuditRunOptions,
  { runId, startedAt, release, commit, document, policy, cluster }: PreparedRun,
  suite: RunSuite,
  { reasons, gateExitCode, counters, files }: ChangingFacts,
): RunFile {
  const { target, earlier } = options;
  return createRunFile({
    id: runId,
    program: version,
    cluster: {
      ...{ kind: target.kind, version: release, commit, server: target.server },
      sources: cluster.sources,
    },
    document: document.release,
    policy: policy?.sha256 ?? null,
    command: suite.command,
    resumes: earlier === null ? null : { id: earlier.id, passed: earlier.passed.size },
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    exitCode: suite.exitCode,
    ...{ gateExitCode, complete: reasons.length === 0, reasons, counters, files },
  });
}

/** @returns the exit code of the gate; null: not asked */
async function judge(
  options: AuditRunOptions,
  draft: RunDraft,
  { commit }: PreparedRun,
  notes: string[],
): Promise<number | null> {
  if (options.judge === null) return null;
  try {
    return await options.judge(draft.path(coverageFileName), commit);
  } catch (error) {
    notes.push(`The gate could not judge: ${toError(error).message}`);
    return 3;
  }
}

function createShortSummary(runId: string, reasons: readonly string[], counters: RunCounters): string {
  const list = reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n');
  return `# Audit run ${runId}\n\n**This run is incomplete.**\n\n${list}\n\n${describeCounters(counters)}\n`;
}

async function readResults(
  options: AuditRunOptions,
  draft: RunDraft,
  suite: SuiteEnd,
  reasons: string[],
): Promise<SuiteResults> {
  const { files, problems } = collectJunit(draft, options.junit);
  reasons.push(...problems);
  let outcomes: SuiteResults['outcomes'] = null;
  try {
    if (files.length > 0) outcomes = await options.readOutcomes(files.map((name) => draft.path(`junit/${name}`)));
  } catch (error) {
    reasons.push(`The JUnit of the suite cannot be read: ${toError(error).message}`);
  }
  const { findMissingJunit } = options;
  if (findMissingJunit !== undefined) {
    outcomes ??= new Map();
    const missing = suite.interrupted ? null : findMissingJunit(files);
    if (missing !== null) reasons.push(missing);
  }
  if (outcomes === null && suite.exitCode !== 0) reasons.push(withoutJunit);
  // What passed before did not run again.
  const before = [...(options.earlier?.passed ?? [])].map((test) => [test, 'passed'] as const);
  if (outcomes !== null) outcomes = joinOutcomes(before, new Map(outcomes));
  return { exitCode: suite.signal === null ? suite.exitCode : null, outcomes };
}

const withoutJunit =
  'The suite failed and left no JUnit, so it is unknown which tests failed: the hits of all tests count. Write JUnit into the folder in SNOOP_REPORT_DIR, or name it with --junit.';

/** A shell exits with 128 + n if signal n ended its last command, so the suite did not run to its end. */
export function explainEnd({ signal, exitCode, interrupted, logProblem }: SuiteEnd): string[] {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128) ?? [];
  const ended = signal ?? name;
  return [
    ...(interrupted ? [interruptedReason] : ended === undefined ? [] : [`The suite was ended by ${ended}.`]),
    ...(logProblem === null ? [] : [logProblem]),
  ];
}

function describeDocument(document: ReleaseDocument, release: string): string[] {
  return document.release === release ? [] : [`The endpoints are those of ${document.release}.`];
}

function describeEarlier(earlier: EarlierRun | null): string[] {
  if (earlier === null) return [];
  const { id, passed } = earlier;
  return [`This run continues ${id}. Passed there, not run again, and counted: ${count(passed.size, 'test')}.`];
}
