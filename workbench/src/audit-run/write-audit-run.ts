import { type ReleaseDocument, toError } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import { isAway } from '../evidence/outage.ts';
import { escapeMarkdown } from '../output/markdown.ts';
import { version } from '../version.ts';
import type { AuditRunOptions, AuditRunResult, RunSuite } from './audit-run-options.ts';
import { joinOutcomes, type SuiteResults } from './documents/suite-results.ts';
import { createSummary } from './documents/summary.ts';
import { copyEvents, type EarlierRun, formatPassed, interruptedReason } from './earlier-run.ts';
import { createRunFile } from './folder/run-file.ts';
import { endObservation } from './observation.ts';
import type { PreparedRun } from './prepare-audit-run.ts';
import type { RunDraft } from './run-draft.ts';
import { collectJunit } from './suite-outcomes.ts';
import type { SuiteEnd } from './suite-process.ts';
import { writeDocuments } from './write-documents.ts';

/**
 * Waits until the events of a run are stored, and writes its folder.
 *
 * @throws SnoopError `unwritable`
 */
export async function writeRun(
  options: AuditRunOptions,
  draft: RunDraft,
  { runId, startedAt, release, commit, document, policy, observing, observation, cluster }: PreparedRun,
  suite: RunSuite,
): Promise<AuditRunResult> {
  const { pool, target, progress, earlier } = options;
  const reasons = [...(earlier?.reasons ?? []), ...explainEnd(suite)];
  const results = await readResults(options, draft, suite, reasons);
  const observed = await endObservation(observation, observing);
  reasons.push(...observed.reasons);
  const notes = [...describeDocument(document, release), ...describeEarlier(earlier)];
  if (earlier !== null) {
    copyEvents(earlier, draft.folder);
    draft.writeText(`junit/passed-${earlier.id}.xml`, formatPassed(earlier));
  }
  try {
    await refreshClusterDocument(pool, cluster);
  } catch (error) {
    notes.push(`The cluster's OpenAPI document was not read again: ${toError(error).message}`);
  }
  let gateExitCode: number | null = null;
  let summary = '';
  const facts = {
    ...{
      id: runId,
      command: suite.command,
      seconds: suite.seconds,
      exitCode: suite.exitCode,
      counters: observed.counters,
    },
    cluster: `${target.kind} ${target.server}, Kubernetes ${release}`,
  };
  try {
    const made = await progress.step('writing the run', () =>
      writeDocuments(
        {
          ...options,
          ...{ draft, document, policy, observed, results, release, runId, startedAt },
        },
        reasons,
      ),
    );
    if (options.judge !== null) gateExitCode = await options.judge(draft.path('coverage.json'), commit);
    summary = createSummary({ ...facts, ...made, gateExitCode, reasons, notes });
  } catch (error) {
    if (!isAway(error)) throw error;
    reasons.push('SnoopDB does not answer, so the events of the run were not read.');
    summary = `# Audit run ${runId}\n\n**This run is incomplete.**\n\n${reasons.map((one) => `- ${escapeMarkdown(one)}`).join('\n')}\n`;
  }
  draft.writeText('summary.md', summary);
  const complete = reasons.length === 0;
  await draft.finish((files) =>
    createRunFile({
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
      ...{ gateExitCode, complete, reasons, counters: observed.counters, files },
    }),
  );
  return { complete, reasons, counters: observed.counters, exitCode: suite.exitCode, gateExitCode, summary };
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

function explainEnd({ signal, interrupted, logProblem }: SuiteEnd): string[] {
  return [
    ...(interrupted ? [interruptedReason] : signal === null ? [] : [`The suite was ended by ${signal}.`]),
    ...(logProblem === null ? [] : [logProblem]),
  ];
}

function describeDocument(document: ReleaseDocument, release: string): string[] {
  return document.release === release ? [] : [`The endpoints are those of ${document.release}.`];
}

function describeEarlier(earlier: EarlierRun | null): string[] {
  if (earlier === null) return [];
  const { id, passed } = earlier;
  return [
    `This run continues ${id}: the ${passed.size} tests that passed there were not run again, and their hits count.`,
  ];
}
