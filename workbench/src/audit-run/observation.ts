import { askMarks, type Pool, readDatabaseClock, readEventPosition } from '@snoop/snoopdb';
import type { ServerAddress } from '../audited-cluster/cluster-access.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { type EvidenceLimits, OutageClock } from '../evidence/outage.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
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

/** For the events of readings of /metrics, which some policies leave out. */
export const readingsMs = 3_000;

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
    waitForMoments(marks, position, options, new OutageClock(options.limits.awayMs)),
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

/** @throws SnoopError if an API server does not answer */
export async function markAll(servers: Observation['servers'], options: ObservationOptions): Promise<Mark[]> {
  const { target, runId, signal } = options;
  const marks: Mark[] = [];
  for (const server of servers) marks.push(await markMoment(target.kubeconfig, server, runId, signal));
  return marks;
}

/** @returns null for each mark whose event did not arrive in time */
export async function waitForMoments(
  marks: readonly Mark[],
  position: string,
  { pool, target, limits, signal }: ObservationOptions,
  outages: OutageClock,
): Promise<(Moment | null)[]> {
  const requests = listMarkRequests(marks);
  let moments: (Moment | null)[] = marks.map(() => null);
  const look = async (): Promise<number> => {
    const events = await askMarks(pool, position, requests);
    moments = marks.map((mark) => readMoment(mark, events));
    return events.length === 0 ? 0 : new Set(events.map(({ requestUri }) => requestUri)).size;
  };
  const auditlogger = target.stateCluster?.auditlogger ?? null;
  const wait = { limits, outages, auditlogger, signal, onCount: () => {} };
  await waitForCount(1, async () => ((await look()) > 0 && moments.every(Boolean) ? 1 : 0), wait);
  if (moments.every(Boolean)) {
    await waitForCount(requests.length, look, {
      ...wait,
      limits: { ...limits, noProgressMs: readingsMs, afterOutageMs: readingsMs },
    });
  }
  return moments;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
