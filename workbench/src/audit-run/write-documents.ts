import {
  type DataSet,
  type Pool,
  readWindowEvents,
  readWindowHits,
  type ReleaseDocument,
  SnoopDbError,
} from '@snoop/snoopdb';
import { readDataSet } from '../coverage-files/data-set.ts';
import { SnoopError } from '../errors.ts';
import { createAgents } from './documents/agents.ts';
import { createCoverage } from './documents/coverage.ts';
import { createDifference, createMissingDifference, type RunDifference } from './documents/difference.ts';
import { createFailed } from './documents/failed.ts';
import { createHitCollector } from './documents/hit-collector.ts';
import type { EarlierRun } from './earlier-run.ts';
import type { SuiteResults } from './documents/suite-results.ts';
import type { SummaryFacts } from './documents/summary.ts';
import type { AgentPattern } from './documents/test-names.ts';
import { coverageFileName, eventsFileName } from './folder/run-file.ts';
import { findHiddenEndpoints } from './hidden-endpoints.ts';
import type { PolicyView } from './documents/policy-view.ts';
import type { Observed } from './observation.ts';
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

type Documents = Pick<SummaryFacts, 'coverage' | 'failed' | 'agents' | 'difference' | 'hidden'>;

/**
 * Writes what SnoopDB knows of a run: its events, coverage, what does not count, other agents, and the difference.
 *
 * @param reasons why the run is incomplete so far; a missing event is added
 */
export async function writeDocuments(options: DocumentsOptions, reasons: string[]): Promise<Documents> {
  const { pool, draft, document, observed, signal } = options;
  const { windows, counters } = observed;
  const lines = await readWindowEvents(pool, windows, (events) => draft.writeLines(eventsFileName, events));
  if (lines !== counters.stored) {
    reasons.push(
      `${eventsFileName} has ${lines.toLocaleString('en-US')} of ${counters.stored.toLocaleString('en-US')} stored events: the others were removed meanwhile, or arrived later.`,
    );
  }
  const collector = createHitCollector(options.results, options.pattern);
  await readWindowHits(pool, windows, collector.add, signal);
  for (const hits of options.earlier?.hits ?? []) collector.add(hits);
  const hits = collector.finish();
  reasons.push(...(options.pattern?.problems ?? []));
  if (hits.problem !== null) reasons.push(hits.problem);
  const hidden = await findHiddenEndpoints(
    lines === 0 ? null : draft.path(eventsFileName),
    document,
    options.policy,
    signal,
  );
  const coverage = createCoverage(document, hits, {
    release: options.release,
    startedAt: options.startedAt,
    sources: [`snoop audit-run ${options.runId}`, ...(options.earlier?.sources ?? [])],
    reasons,
    hidden: hidden.hidden,
  });
  const failed = createFailed(coverage, hits);
  const agents = createAgents(hits);
  draft.writeJson(coverageFileName, coverage);
  draft.writeJson('failed.json', failed);
  draft.writeJson('agents.json', agents);
  const difference = await compare(options);
  draft.writeJson('difference.json', difference);
  draft.writeJson('hidden.json', hidden);
  return { coverage, failed, agents, difference, hidden };
}

async function compare(options: DocumentsOptions): Promise<RunDifference> {
  const { pool, draft, document, cwd, signal } = options;
  const pipedTo = 'snoop audit-run --compare -';
  const name = options.compare ?? document.release;
  let before: DataSet;
  try {
    before = await readDataSet(pool, name, { cwd, signal, pipedTo });
  } catch (error) {
    if (!(error instanceof SnoopError) && !(error instanceof SnoopDbError)) throw error;
    return createMissingDifference(`Not compared with ${name}: ${error.message}`);
  }
  const run = await readDataSet(pool, draft.path(coverageFileName), { cwd, signal, pipedTo });
  // The name would be a temporary one.
  return createDifference(before, { ...run, name: options.runId, countsFailures: false });
}
