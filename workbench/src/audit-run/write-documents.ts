import type { Readable } from 'node:stream';
import {
  createDataSet,
  type DataSet,
  type Pool,
  type PublishedRelease,
  readCoverage,
  readWindowEvents,
  readWindowHits,
  type ReleaseDocument,
  SnoopDbError,
} from '@snoop/snoopdb';
import { readDataSet } from '../coverage-files/data-set.ts';
import { SnoopError } from '../errors.ts';
import { isAway } from '../evidence/outage.ts';
import { createAgents } from './documents/agents.ts';
import { createCoverage } from './documents/coverage.ts';
import { createDifference, createMissingDifference, type RunDifference } from './documents/difference.ts';
import { createFailed } from './documents/failed.ts';
import { type CollectedHits, createHitCollector } from './documents/hit-collector.ts';
import type { EarlierRun } from './earlier-run.ts';
import type { SuiteResults } from './documents/suite-results.ts';
import type { SummaryFacts } from './documents/summary.ts';
import type { AgentPattern } from './documents/test-names.ts';
import { coverageFileName, eventsFileName } from './folder/run-file.ts';
import { findHiddenEndpoints } from './hidden-endpoints.ts';
import type { PolicyView } from './documents/policy-view.ts';
import type { Observed } from './end-observation.ts';
import type { RunDraft } from './run-draft.ts';

export interface DocumentsOptions {
  readonly pool: Pool;
  readonly draft: RunDraft;
  readonly document: ReleaseDocument;
  readonly observed: Observed;
  readonly results: SuiteResults;
  /** Of --test-agent. */
  readonly pattern: AgentPattern | null;
  /** What the audit policy does not show; null: it is unknown. */
  readonly policy: PolicyView | null;
  /** Of --compare; null: the published coverage of the release. */
  readonly compare: string | null;
  /** The version of the cluster. */
  readonly release: string;
  readonly runId: string;
  readonly startedAt: Date;
  /** The run that this one continues; null: none. */
  readonly earlier: EarlierRun | null;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

export type Documents = Pick<SummaryFacts, 'coverage' | 'failed' | 'agents' | 'difference' | 'hidden'>;

/** Which tests of the suite began, for the comparison with other coverage. */
type RanTests = ReadonlySet<string>;

/**
 * Writes what SnoopDB knows of a run: its events, coverage, what does not count, other agents, and the difference.
 *
 * @param reasons why the run is incomplete so far; missing events and files that cannot be written are added
 */
export async function writeDocuments(options: DocumentsOptions, reasons: string[]): Promise<Documents> {
  const { draft, document } = options;
  const write = <T>(work: () => Promise<T>): Promise<T | null> => explainUnwritable(work, reasons);
  const lines = await write(() => writeEvents(options, reasons));
  const hits = await collectHits(options, reasons);
  const eventsFile = (lines ?? 0) === 0 ? null : draft.path(eventsFileName);
  const hidden = await findHiddenEndpoints(eventsFile, document, options.policy, options.signal);
  const coverage = createCoverage(document, hits, {
    release: options.release,
    startedAt: options.startedAt,
    sources: [`snoop audit-run ${options.runId}`, ...(options.earlier?.sources ?? [])],
    reasons,
    hidden: hidden.hidden,
  });
  const failed = createFailed(coverage, hits);
  const agents = createAgents(hits);
  const files = { [coverageFileName]: coverage, 'failed.json': failed, 'agents.json': agents };
  for (const [name, content] of Object.entries(files)) await write(async () => draft.writeJson(name, content));
  const difference = await compare(options, coverage, new Set([...hits.tests.keys(), ...listOutcomes(options)]));
  await write(async () => draft.writeJson('difference.json', difference));
  await write(async () => draft.writeJson('hidden.json', hidden));
  return { coverage, failed, agents, difference, hidden };
}

/** @returns null if a file cannot be written, which becomes a reason */
async function explainUnwritable<T>(work: () => Promise<T>, reasons: string[]): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SnoopError) || error.code !== 'unwritable') throw error;
    reasons.push(error.message);
    return null;
  }
}

async function writeEvents({ pool, draft, observed, signal }: DocumentsOptions, reasons: string[]): Promise<number> {
  const { windows, counters } = observed;
  const write = (events: Readable): Promise<number> => draft.writeLines(eventsFileName, events, signal);
  const lines = await readWindowEvents(pool, windows, write, signal);
  if (lines !== counters.stored) {
    reasons.push(
      `${eventsFileName} has ${lines.toLocaleString('en-US')} of ${counters.stored.toLocaleString('en-US')} stored events: the others were removed meanwhile, or arrived later.`,
    );
  }
  return lines;
}

async function collectHits(options: DocumentsOptions, reasons: string[]): Promise<CollectedHits> {
  const { pool, observed, results, pattern, earlier, signal } = options;
  const collector = createHitCollector(results, pattern);
  await readWindowHits(pool, observed.windows, collector.add, signal);
  for (const hits of earlier?.hits ?? []) collector.add(hits);
  const hits = collector.finish();
  reasons.push(...(pattern?.problems ?? []));
  if (hits.problem !== null) reasons.push(hits.problem);
  return hits;
}

/** Tests that sent no request ran, too. */
function listOutcomes({ results }: DocumentsOptions): string[] {
  return [...(results.outcomes ?? [])].flatMap(([test, outcome]) => (outcome === 'skipped' ? [] : [test]));
}

async function compare(options: DocumentsOptions, coverage: PublishedRelease, ran: RanTests): Promise<RunDifference> {
  const { pool, document, cwd, signal, runId } = options;
  const name = options.compare ?? document.release;
  let before: DataSet;
  try {
    before = await readDataSet(pool, name, { cwd, signal, pipedTo: 'snoop audit-run --compare -' });
  } catch (error) {
    if (!(error instanceof SnoopError) && !(error instanceof SnoopDbError)) throw error;
    if (isAway(error)) throw error;
    return createMissingDifference(`Not compared with ${name}: ${error.message}`);
  }
  const run = createDataSet(runId, readCoverage(coverage, coverageFileName));
  return createDifference(before, { ...run, countsFailures: false }, ran);
}
