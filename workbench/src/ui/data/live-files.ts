import {
  askEndpoint,
  askHits,
  askRunCoverage,
  askRunTimeline,
  askTestRequests,
  compareRuns,
  findRun,
  listAgents,
  listRuns,
  listSources,
  type Pool,
  type RunCoverage,
} from '@snoop/snoopdb';
import { describeCall, loadClientMethods } from '../../audited-cluster/client-call.ts';
import { SnoopError } from '../../errors.ts';
import type {
  AgentsFile,
  HitsFile,
  Json,
  LiveEndpoint,
  RunDifferenceFile,
  RunFile,
  RunHead,
  RunsFile,
  TestRequests,
} from './live-model.ts';
import { createRunReport } from './run-report.ts';

/** The most requests of a time line. */
const maxRequests = 5000;

/** @throws SnoopError `unknown_endpoint`; SnoopDbError `no_baseline`, `unknown_release`, `bad_release` */
export async function readLiveEndpoint(pool: Pool, endpoint: string, release?: string): Promise<LiveEndpoint> {
  const answer = await askEndpoint(pool, endpoint, release);
  if (answer === null) throw new SnoopError('unknown_endpoint', `No release or cluster has an endpoint "${endpoint}".`);
  const { method, path, level, kind, group, version, first, clusters, agents, samples } = answer;
  return {
    ...{ endpoint, method, path, level, kind, group, version, first, clusters, agents, samples },
    release: answer.release?.release ?? null,
    call: describeCall(answer, await loadClientMethods()),
  };
}

export async function readTestRequests(pool: Pool, release: string, test: string): Promise<TestRequests> {
  return toJson(await askTestRequests(pool, { release, test }, maxRequests));
}

export interface AgentFilter {
  readonly source?: string | undefined;
  readonly release?: string | undefined;
}

export async function readAgents(pool: Pool, filter: AgentFilter): Promise<AgentsFile> {
  const [agents, sources] = await Promise.all([listAgents(pool, filter), listSources(pool)]);
  return { agents, sources };
}

/** @throws SnoopError `unknown_agent`; SnoopDbError `no_baseline`, `unknown_release`, `bad_release` */
export async function readHits(pool: Pool, agent: string, filter: AgentFilter): Promise<HitsFile> {
  const answer = await askHits(pool, agent, filter);
  if (answer.agents.length > 0) return answer;
  throw new SnoopError('unknown_agent', `No agent with the name "${agent}" was seen with these filters.`);
}

export async function readRuns(pool: Pool, limit: number): Promise<RunsFile> {
  const runs = await listRuns(pool, limit + 1);
  return { runs: toJson(runs.slice(0, limit)), more: runs.length > limit };
}

/** @throws SnoopDbError `unknown_run`, `no_baseline` */
export async function readRun(
  pool: Pool,
  name: string,
  { passedOnly, countsIndirect }: { readonly passedOnly: boolean; readonly countsIndirect: boolean },
): Promise<RunFile> {
  const id = await findRun(pool, name);
  const [coverage, timeline] = await Promise.all([
    askRunCoverage(pool, id, { passedOnly }),
    askRunTimeline(pool, id, maxRequests),
  ]);
  const { steps, ...shown } = timeline;
  return {
    run: describeRun(coverage),
    report: createRunReport(coverage, countsIndirect),
    timeline: toJson(shown),
    steps,
  };
}

/** @throws SnoopDbError `unknown_run`, `no_baseline` */
export async function readRunDifference(pool: Pool, before: string, after: string): Promise<RunDifferenceFile> {
  const read = async (name: string): Promise<RunCoverage> => askRunCoverage(pool, await findRun(pool, name));
  const [earlier, later] = await Promise.all([read(before), read(after)]);
  return { before: describeRun(earlier), after: describeRun(later), difference: compareRuns(earlier, later) };
}

function describeRun({ run, baseline }: RunCoverage): RunHead {
  const { id, state, author, agent, command, snoopVersion, gitCommit, gitDirty, sources } = run;
  return {
    ...{ id, state, author, agent, command, snoopVersion, gitCommit, gitDirty, sources },
    release: baseline.release,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    importedAt: run.importedAt?.toISOString() ?? null,
  };
}

function toJson<T>(value: T): Json<T> {
  return JSON.parse(JSON.stringify(value));
}
