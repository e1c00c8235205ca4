import {
  askMarks,
  countRejectedSince,
  countWindowEvents,
  type Pool,
  readDatabaseClock,
  readEventPosition,
  type SourceWindow,
  type Windows,
} from '@snoop/snoopdb';
import type { ServerAddress } from '../audited-cluster/cluster-access.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import type { EvidenceLimits } from '../evidence/outage.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { RunCounters } from './folder/run-file.ts';
import { listMarkRequests, type Mark, markMoment, type Moment, readMoment } from './marks.ts';
import { findServers } from './servers.ts';
import { waitForCount } from './wait-for-events.ts';

export interface ObservationOptions {
  readonly target: Target;
  readonly pool: Pool;
  readonly runId: string;
  readonly limits: EvidenceLimits;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The beginning of a run on all API servers. */
export interface Observation {
  readonly servers: readonly Partial<ServerAddress>[];
  readonly position: string;
  /** By the clock of SnoopDB. */
  readonly startedAt: Date;
  readonly moments: readonly Moment[];
  /** Why counters cannot be read, as sentences. */
  readonly problems: readonly string[];
}

/** What arrived between the beginning and the end of a run. */
export interface Observed {
  readonly windows: Windows;
  readonly counters: RunCounters;
  /** Why it is unknown whether everything arrived, or that something did not, as sentences. */
  readonly reasons: readonly string[];
}

/** Later than any event. */
const endOfTime = '9999';
/** For the events of readings of /metrics, which some policies leave out. */
const readingsMs = 3_000;

/**
 * Marks the beginning of a run, and finds which sources the cluster's events have.
 *
 * @throws SnoopError `no_events` if the events of the marks do not arrive in SnoopDB
 */
export async function beginObservation(options: ObservationOptions): Promise<Observation> {
  const { target, pool, progress } = options;
  const position = await readEventPosition(pool);
  const startedAt = new Date(await readDatabaseClock(pool));
  const { servers, unreachable } = await findServers(target.kubeconfig);
  const marks = await markAll(servers, options);
  const moments = await progress.step('waiting for the first audit event', () =>
    waitForMoments(marks, position, options),
  );
  options.signal.throwIfAborted();
  const silent = servers.filter((_, index) => moments[index] === null);
  if (silent.length > 0) throw createSilentError(silent, servers.length, target);
  const problems = [
    ...unreachable.map(describeUnreachable),
    ...marks.flatMap(({ problem }) =>
      problem === null ? [] : [`It is unknown how many events were sent: ${problem}.`],
    ),
  ];
  return { servers, position, startedAt, moments: moments.flatMap((one) => one ?? []), problems: unique(problems) };
}

/** A suite's requests go to any of the API servers. */
function createSilentError(silent: readonly Partial<ServerAddress>[], all: number, target: Target): SnoopError {
  if (silent.length === all) {
    const hints = target.stateCluster?.hints ?? ["'snoop doctor' finds where they stop."];
    return new SnoopError(
      'no_events',
      `No audit event of ${target.server} arrived in SnoopDB: the run would not be recorded.`,
      { advice: hints },
    );
  }
  const names = silent.map(({ server }) => server ?? target.server).join(', ');
  return new SnoopError(
    'no_events',
    `No audit event of ${names} arrived in SnoopDB, which is ${silent.length} of ${all} API servers: requests to it would not be recorded.`,
    { advice: ['Start it with the same --audit-policy-file and --audit-webhook-config-file as the others.'] },
  );
}

function describeUnreachable(address: string): string {
  return `The API server ${address} cannot be reached from here, so it is unknown how many events it sent and whether they are stored.`;
}

async function markAll(servers: Observation['servers'], options: ObservationOptions): Promise<Mark[]> {
  const { target, runId, signal } = options;
  const marks: Mark[] = [];
  for (const server of servers) marks.push(await markMoment(target.kubeconfig, server, runId, signal));
  return marks;
}

/** @returns null for each mark whose event did not arrive in time */
async function waitForMoments(
  marks: readonly Mark[],
  position: string,
  { pool, target, limits, signal }: ObservationOptions,
): Promise<(Moment | null)[]> {
  const requests = listMarkRequests(marks);
  let moments: (Moment | null)[] = marks.map(() => null);
  const look = async (): Promise<number> => {
    const events = await askMarks(pool, position, requests);
    moments = marks.map((mark) => readMoment(mark, events));
    return events.length === 0 ? 0 : new Set(events.map(({ requestUri }) => requestUri)).size;
  };
  const auditlogger = target.stateCluster?.auditlogger ?? null;
  const wait = { limits, auditlogger, signal, onCount: () => {} };
  await waitForCount(1, async () => ((await look()) > 0 && moments.every(Boolean) ? 1 : 0), wait);
  if (moments.every(Boolean)) {
    await waitForCount(requests.length, look, { ...wait, limits: { ...limits, noProgressMs: readingsMs } });
  }
  return moments;
}

/** Marks the end of a run, and waits until everything that was sent before is stored. */
export async function endObservation(observation: Observation, options: ObservationOptions): Promise<Observed> {
  const { pool, target, limits, progress, signal } = options;
  const reasons: string[] = [...observation.problems];
  const ends = await markEnd(observation, options, reasons);
  const windows: Windows = {
    position: observation.position,
    windows: joinWindows(
      observation.moments.map(({ source, at }, index) => ({ source, after: at, until: ends[index]?.at ?? endOfTime })),
    ),
  };
  const sources = windows.windows.map(({ source }) => source);
  const totals = sumCounters(observation.moments, ends, reasons);
  let rejected = 0;
  const count = async (): Promise<number> => {
    const stored = (await countWindowEvents(pool, windows)).reduce((sum, events) => sum + events, 0);
    rejected = await countRejectedSince(pool, sources, observation.startedAt);
    return stored + rejected;
  };
  const wanted = totals.sent === null ? 0 : totals.sent - totals.uncertain;
  const arrived = await progress.step('waiting for the last audit events', (update) =>
    waitForCount(wanted, count, {
      ...{ limits, signal },
      auditlogger: target.stateCluster?.auditlogger ?? null,
      onCount: (number) =>
        update(`${number.toLocaleString('en-US')} of ${wanted.toLocaleString('en-US')} events are stored`),
    }),
  );
  const stored = arrived.count - rejected;
  const counters: RunCounters = { ...totals, stored, rejected };
  return { windows, counters, reasons: unique([...reasons, ...explainCounters(counters, arrived.trouble)]) };
}

async function markEnd(
  { servers, position }: Observation,
  options: ObservationOptions,
  reasons: string[],
): Promise<(Moment | null)[]> {
  try {
    const marks = await markAll(servers, options);
    for (const { problem } of marks) {
      if (problem !== null) reasons.push(`It is unknown how many events were sent: ${problem}.`);
    }
    const moments = await waitForMoments(marks, position, options);
    // Without its event, the reading itself is the best bound.
    return marks.map((mark, index) => moments[index] ?? createUnseenMoment(mark));
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    reasons.push(`The cluster did not answer at the end of the run: ${error.message}`);
    return servers.map(() => null);
  }
}

function createUnseenMoment({ before, after }: Mark): Moment {
  return {
    source: '',
    at: endOfTime,
    events: before?.events ?? null,
    errors: after?.errors ?? null,
    startedAt: after?.startedAt ?? null,
    uncertain: 0,
  };
}

/** API servers with the same source cannot be told apart, so their windows become one. */
function joinWindows(windows: readonly SourceWindow[]): SourceWindow[] {
  const joined = new Map<string, SourceWindow>();
  for (const { source, after, until } of windows) {
    const known = joined.get(source);
    joined.set(source, {
      source,
      after: known !== undefined && known.after < after ? known.after : after,
      until: known !== undefined && known.until > until ? known.until : until,
    });
  }
  return [...joined.values()];
}

/** Adds up what all API servers sent; null if one of them does not tell. */
function sumCounters(
  begins: readonly Moment[],
  ends: readonly (Moment | null)[],
  reasons: string[],
): Pick<RunCounters, 'sent' | 'errors' | 'uncertain'> {
  let [sent, errors, uncertain] = [0, 0, 0];
  for (const [index, begin] of begins.entries()) {
    const end = ends[index] ?? null;
    if (begin.events === null || end === null || end.events === null) return { sent: null, errors: null, uncertain: 0 };
    if (begin.startedAt !== end.startedAt || end.events < begin.events) {
      reasons.push('An API server was restarted during the run, so it is unknown how many events were sent.');
      return { sent: null, errors: null, uncertain: 0 };
    }
    sent += end.events - begin.events;
    errors += Math.max(0, (end.errors ?? 0) - (begin.errors ?? 0));
    uncertain += begin.uncertain + end.uncertain;
  }
  return { sent, errors, uncertain };
}

/** What the counters say against the run, as sentences. */
export function explainCounters(
  { sent, stored, rejected, errors, uncertain }: RunCounters,
  trouble: string | null,
): string[] {
  const reasons: string[] = [];
  const format = (number: number): string => number.toLocaleString('en-US');
  if (sent !== null && Math.abs(sent - stored - rejected) > uncertain) {
    const missing = sent - stored - rejected;
    const what =
      missing > 0
        ? `${format(missing)} of ${format(sent)} audit events are not stored`
        : `${format(-missing)} more audit events are stored than the ${format(sent)} that were sent`;
    reasons.push(`${what}${trouble === null ? '' : `; ${trouble}`}.`);
  } else if (sent === null && trouble !== null) reasons.push(`Audit events may be missing: ${trouble}.`);
  if (rejected > 0) reasons.push(`SnoopDB rejected ${format(rejected)} audit events; testing.rejected_event says why.`);
  if (errors !== null && errors > 0) reasons.push(`The API server could not send ${format(errors)} audit events.`);
  return reasons;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
