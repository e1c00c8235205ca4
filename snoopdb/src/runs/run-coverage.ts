import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { isSuccess } from '../rules/hit.ts';
import { isSameMinor } from '../release.ts';
import type { ComparedBaseline } from '../releases/baseline-in-use.ts';
import { type Comparison, readComparison } from './comparison.ts';
import { countChange, type CoverageChange } from './coverage-change.ts';
import { describeHits, type EndpointHit, listHit } from './endpoint-hits.ts';
import { findRun } from './find-run.ts';
import {
  type OtherEventRow,
  readErrors,
  readEvidence,
  readOtherEvents,
  readRequests,
  readRun,
  readSteps,
  readTests,
  type RunEventRow,
  type RunRequestRow,
  type RunRow,
  type RunStepRow,
  type RunTestRow,
} from './run-rows.ts';
import type { RunError, RunTest, StepState, TestState } from './run-record.ts';
import { joinRequest, type SeenRequest } from './seen-request.ts';
import { describeSideHits, type SideCoverage } from './side-hits.ts';
import { findTryOutcome, type TryOutcome } from './try-outcome.ts';

/** A request that a report lists separately, and why. */
export interface RequestNote {
  test: number;
  /** Name of the step. */
  step: string | null;
  method: string;
  path: string;
  code: number | null;
  endpoint: string | null;
  reason: string;
}

export interface CoveredTest extends Omit<RunTest, 'state' | 'steps'> {
  /** `unknown`: events do not show how a test of another program ended. */
  state: TestState | 'unknown';
  steps: { name: string; try: number; state: StepState; requests: number }[];
  /** Over all tries. */
  endpoints: EndpointHit[];
  /** Hits of each try; empty if there was one try. */
  endpointsByTry: EndpointHit[][];
}

/** A client whose requests `snoop exec` recorded. */
export interface RunClient {
  /** Its own user agent. */
  agent: string;
  requests: number;
  /** Number of endpoints that it hit. */
  endpoints: number;
}

/** What a coverage by time and agent is made of, instead of a run. */
export interface EventWindow {
  /** As it was given; `*` is any text. */
  agent: string;
  since: Date;
  until: Date;
  /** Sources of the events. */
  sources: string[];
}

export interface RunCoverage extends SideCoverage {
  run: RunRow;
  /** null: the requests are those of a run, exactly. */
  window: EventWindow | null;
  /** Clients that `snoop exec` recorded, those with most requests first. */
  clients: RunClient[];
  baseline: ComparedBaseline;
  /** `sent`: number of all requests. */
  evidence: {
    sent: number;
    recorded: number;
    /** Without a response; no event is expected. */
    noAnswer: RequestNote[];
    /** Answered by the HTTP server itself, which logs no event. */
    beforeAudit: RequestNote[];
    missing: RequestNote[];
    /** Events of other requests with these Audit-IDs, and what differs. They prove nothing. */
    others: RequestNote[];
  };
  /** Whether only hits of passed tries count. */
  passedOnly: boolean;
  tests: CoveredTest[];
  /** Errors outside tests. */
  errors: RunError[];
  /** Of the whole run, by name. */
  endpoints: EndpointHit[];
  /** Recorded requests without success (neither 2xx nor 101), and dry runs. */
  unsuccessful: RequestNote[];
  /** Recorded requests that resolved to no endpoint. */
  unresolved: RequestNote[];
  /** How the hits of this run alone would change coverage. */
  change: CoverageChange[];
}

/**
 * Reads which endpoints a run's recorded requests hit, and computes how they would change the coverage of the baseline.
 * @param options.passedOnly whether to leave out hits of tests and tries that did not pass
 * @throws SnoopDbError `unknown_run`, `no_baseline`
 */
export async function askRunCoverage(
  pool: Pool,
  runId: string,
  { passedOnly = false }: { passedOnly?: boolean } = {},
): Promise<RunCoverage> {
  const run = await readRun(pool, await findRun(pool, runId));
  if (!run) throw new SnoopDbError('unknown_run', `The run "${runId}" was deleted.`);
  const [comparison, tests, steps, requests, errors, events, others] = await Promise.all([
    readComparison(pool, run),
    readTests(pool, run.id),
    readSteps(pool, run.id),
    readRequests(pool, run.id),
    readErrors(pool, run.id),
    readEvidence(pool, run.id),
    readOtherEvents(pool, run.id),
  ]);
  return assembleCoverage({
    run,
    window: null,
    comparison,
    tests,
    steps,
    requests,
    errors,
    events,
    others,
    passedOnly,
  });
}

/** The rows that a coverage is computed from. */
export interface CoverageRows {
  readonly run: RunRow;
  readonly window: EventWindow | null;
  readonly comparison: Comparison;
  readonly tests: readonly (Omit<RunTestRow, 'state'> & Pick<CoveredTest, 'state'>)[];
  readonly steps: readonly RunStepRow[];
  readonly requests: readonly RunRequestRow[];
  readonly errors: RunError[];
  readonly events: readonly RunEventRow[];
  readonly others: readonly OtherEventRow[];
  readonly passedOnly: boolean;
}

export function assembleCoverage(rows: CoverageRows): RunCoverage {
  const { run, window, comparison, tests, steps, requests, errors, events, others, passedOnly } = rows;
  const recorded = new Set(events.filter((event) => event.decides).map((event) => event.auditId));
  const eventsOf = groupByRequest(events);
  // A response proves a hit even if the last stage is still missing.
  const seen = requests
    .filter((request) => eventsOf.get(request.auditId)?.some((event) => event.stage !== 'RequestReceived'))
    .map((request) => joinRequest(request, eventsOf.get(request.auditId) ?? []));
  const lost = requests.filter((request) => !recorded.has(request.auditId));
  const { baseline, before, endpoints: known } = comparison;
  const createNote = createNoteMaker(steps);
  const testOf = new Map(tests.map((test) => [test.test, test]));
  const outcomeOf = ({ request }: SeenRequest): TryOutcome => findTryOutcome(testOf.get(request.test), request.try);
  const counted = passedOnly ? seen.filter((one) => outcomeOf(one) === 'passed') : seen;
  const describe = (some: readonly SeenRequest[]): EndpointHit[] => describeHits(some, known, outcomeOf);
  const hits = describe(counted);
  return {
    run,
    window,
    clients: listClients(requests, seen),
    baseline: { ...baseline, exact: run.clusterVersion !== null && isSameMinor(baseline.release, run.clusterVersion) },
    evidence: {
      sent: requests.length,
      recorded: recorded.size,
      noAnswer: requests
        .filter((request) => request.outcome === 'no answer')
        .map((request) => createNote(request, request.status, null, request.error ?? 'no response')),
      beforeAudit: lost
        .filter((request) => request.outcome === 'before audit')
        .map((request) => createNote(request, request.status, null, 'answered by the HTTP server')),
      missing: lost
        .filter((request) => request.outcome !== 'no answer' && request.outcome !== 'before audit')
        .map((request) =>
          createNote(request, request.status, null, describeMissing(request, eventsOf.has(request.auditId))),
        ),
      others: requests.flatMap((request) =>
        others
          .filter((other) => other.auditId === request.auditId)
          .map((other) => createNote(request, request.status, null, describeOther(other))),
      ),
    },
    passedOnly,
    errors,
    tests: tests.map((test) => ({
      ...test,
      steps: steps
        .filter((step) => step.test === test.test)
        .map(({ step, try: tryNumber, name, state }) => ({
          name,
          try: tryNumber,
          state,
          requests: requests.filter((request) => request.test === test.test && request.step === step).length,
        })),
      ...describeTest(
        test.tries,
        counted.filter((one) => one.request.test === test.test),
        describe,
      ),
    })),
    endpoints: hits,
    unsuccessful: seen
      .filter((one) => one.isDryRun || (one.request.unreadBody ?? null) !== null || !isSuccess(one.code))
      .map((one) => createNote(one.request, one.code, one.endpoint, describeFailure(one))),
    unresolved: seen
      .filter((one) => one.endpoint === null)
      .map((one) => createNote(one.request, one.code, null, one.reason ?? 'unresolved')),
    change: countChange(before, listHit(hits, known)),
    ...describeSideHits(comparison, hits),
  };
}

function describeTest(
  tries: number,
  seen: readonly SeenRequest[],
  describe: (some: readonly SeenRequest[]) => EndpointHit[],
): Pick<CoveredTest, 'endpoints' | 'endpointsByTry'> {
  const numbers = tries > 1 ? Array.from({ length: tries }, (_, index) => index + 1) : [];
  return {
    endpoints: describe(seen),
    endpointsByTry: numbers.map((number) => describe(seen.filter(({ request }) => request.try === number))),
  };
}

function listClients(requests: readonly RunRequestRow[], seen: readonly SeenRequest[]): RunClient[] {
  const clients = new Map<string, { requests: number; endpoints: Set<string> }>();
  for (const { clientAgent } of requests) {
    if (clientAgent == null) continue;
    const client = clients.get(clientAgent) ?? { requests: 0, endpoints: new Set() };
    clients.set(clientAgent, client);
    client.requests += 1;
  }
  for (const { request, endpoint, isHit } of seen) {
    if (isHit && endpoint !== null && request.clientAgent != null)
      clients.get(request.clientAgent)?.endpoints.add(endpoint);
  }
  return [...clients]
    .map(([agent, client]) => ({ agent, requests: client.requests, endpoints: client.endpoints.size }))
    .sort((a, b) => b.requests - a.requests || (a.agent < b.agent ? -1 : 1));
}

function groupByRequest(events: readonly RunEventRow[]): Map<string, RunEventRow[]> {
  const groups = new Map<string, RunEventRow[]>();
  for (const event of events) {
    const group = groups.get(event.auditId);
    if (group) group.push(event);
    else groups.set(event.auditId, [event]);
  }
  return groups;
}

type NoteMaker = (request: RunRequestRow, code: number | null, endpoint: string | null, reason: string) => RequestNote;

function createNoteMaker(steps: readonly RunStepRow[]): NoteMaker {
  const names = new Map(steps.map((step) => [`${step.test}/${step.step}`, step.name]));
  return ({ test, step, method, path }, code, endpoint, reason) => {
    const name = step === null ? null : (names.get(`${test}/${step}`) ?? null);
    return { test, step: name, method, path, code, endpoint, reason };
  };
}

function describeMissing(request: RunRequestRow, hasEvents: boolean): string {
  if (hasEvents) return 'its last stage is not recorded';
  return request.outcome === 'unknown' ? 'not recorded, and the journal ends before its response' : 'not recorded';
}

function describeOther({ source, verb, requestUri, code, misfit }: OtherEventRow): string {
  const answered = code === null ? '' : `, answered ${code}`;
  const what = `${verb || '(no verb)'} ${requestUri ?? '(no path)'}${answered}, from ${source}`;
  return `another event with this id (different ${misfit}): ${what}`;
}

function describeFailure(seen: SeenRequest): string {
  if (seen.isDryRun) return isSuccess(seen.code) ? 'dry run' : `dry run, answered ${seen.code ?? 'without a code'}`;
  const { unreadBody = null } = seen.request;
  if (unreadBody !== null && isSuccess(seen.code)) {
    return `not counted: perhaps a dry run, its body (${unreadBody}) cannot be read`;
  }
  return seen.code === null ? 'no event has a code' : `answered ${seen.code}`;
}
