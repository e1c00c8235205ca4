import type { MarkEvent } from '@snoop/snoopdb';
import type { ServerAddress } from '../audited-cluster/cluster-access.ts';
import { openClusterAccess } from '../audited-cluster/cluster-access.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { stampOwnRequest } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { createRandomName } from '../journal/run-id.ts';
import { pause } from '../pause.ts';
import { type AuditCounters, maxMetricsBytes, parseAuditCounters } from './counters.ts';

/**
 * A moment on one API server: a request between two readings of its counters. The event of the request has the time of
 * the moment, so events before and after it can be told apart, however late they arrive.
 */
export interface Mark {
  readonly auditId: string;
  /** Path and query; nobody else knows them. */
  readonly requestUri: string;
  /** Of the two readings. */
  readonly metricsUris: readonly [string, string];
  /** null: they cannot be read. */
  readonly before: AuditCounters | null;
  readonly after: AuditCounters | null;
  /** Why the counters cannot be read; null: they can. */
  readonly problem: string | null;
}

/** What a mark says once its events are stored. */
export interface Moment {
  readonly source: string;
  /** `stageTimestamp`. */
  readonly at: string;
  /** The API server's count of events at this moment; null: unknown. */
  readonly events: number | null;
  readonly errors: number | null;
  readonly startedAt: number | null;
  /** Events of other clients that may be before or after the moment. */
  readonly uncertain: number;
}

const timeoutMs = 15_000;
/** Between the readings of a quiet cluster: the end of the first reading and the request. */
const ownEvents = 2;
/** Other clients send requests every second or so; a gap between them is soon found. */
const maxTries = 25;
const betweenMs = 40;

/** Marks a moment, if possible one in which no other client sends a request. */
export async function markMoment(
  kubeconfig: KubeconfigChoice,
  address: Partial<ServerAddress>,
  runId: string,
  signal: AbortSignal,
): Promise<Mark> {
  let best: Mark | null = null;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const mark = await markOnce(kubeconfig, address, runId);
    if (best === null || countBetween(mark) < countBetween(best)) best = mark;
    if (countBetween(best) <= ownEvents || mark.problem !== null || signal.aborted) break;
    await pause(betweenMs, signal);
  }
  if (best === null) throw new Error('No moment was marked.');
  return best;
}

function countBetween({ before, after }: Mark): number {
  return before === null || after === null ? Number.POSITIVE_INFINITY : after.events - before.events;
}

async function markOnce(kubeconfig: KubeconfigChoice, address: Partial<ServerAddress>, runId: string): Promise<Mark> {
  const name = createRandomName(30);
  const auditId = `${runId}.mark-${name.slice(0, 8)}`;
  const access = openClusterAccess(
    kubeconfig,
    (request) => {
      stampOwnRequest(request);
      request.setHeader('Audit-ID', auditId);
    },
    address,
  );
  const metricsUris = [`/metrics?mark=${name}-1`, `/metrics?mark=${name}-2`] as const;
  const requestUri = `/api/v1/namespaces/snoop-mark-${name}`;
  const read = async (path: string): Promise<AuditCounters | string> => {
    const answer = await sendRaw(access, { path, timeoutMs, maxBytes: maxMetricsBytes });
    if (answer.status !== 200) return `the API server answered ${answer.status} to GET /metrics`;
    return parseAuditCounters(answer.body) ?? 'its /metrics have no apiserver_audit_event_total';
  };
  const before = await read(metricsUris[0]);
  await sendRaw(access, { path: requestUri, timeoutMs, maxBytes: 1 << 20 });
  const after = await read(metricsUris[1]);
  const mark = { auditId, requestUri, metricsUris };
  if (typeof before === 'string') return { ...mark, before: null, after: null, problem: before };
  if (typeof after === 'string') return { ...mark, before: null, after: null, problem: after };
  // Of two processes: restarted in between, or behind one address.
  const problem = before.startedAt === after.startedAt ? null : 'two readings of /metrics are of different processes';
  return problem === null ? { ...mark, before, after, problem } : { ...mark, before: null, after: null, problem };
}

/** Lists the requests of marks, to find their events. */
export function listMarkRequests(marks: readonly Mark[]): { auditId: string; requestUri: string }[] {
  return marks.flatMap(({ auditId, requestUri, metricsUris }) =>
    [requestUri, ...metricsUris].map((uri) => ({ auditId, requestUri: uri })),
  );
}

/**
 * Reads the moment of a mark from the events that were stored so far; null: its event is not stored yet.
 *
 * The counter at the moment is the first reading, the end of that reading, and the request. What else the second reading
 * has, other than its own beginning, is of other clients.
 */
export function readMoment(mark: Mark, events: readonly MarkEvent[]): Moment | null {
  const own = events.filter(({ auditId }) => auditId === mark.auditId);
  const ofRequest = own.filter(({ requestUri }) => requestUri === mark.requestUri);
  const times = ofRequest.flatMap(({ stagedAt }) => stagedAt ?? []).sort();
  const [first] = ofRequest;
  const at = times.at(-1);
  if (first === undefined || at === undefined) return null;
  const [begin = '', end = ''] = mark.metricsUris;
  const time = (uri: string): string[] =>
    own.flatMap(({ requestUri, stagedAt }) => (requestUri === uri && stagedAt !== null ? [stagedAt] : [])).sort();
  // A reading's last event follows what it read, the one before it does not.
  const ofFirst = Math.min(1, time(begin).length);
  const ofSecond = Math.max(0, time(end).length - 1);
  const { before, after } = mark;
  if (before === null || after === null) {
    return { source: first.source, at, events: null, errors: null, startedAt: null, uncertain: 0 };
  }
  const known = before.events + ofFirst + ofRequest.length;
  return {
    ...{ source: first.source, at, events: known, errors: after.errors, startedAt: after.startedAt },
    uncertain: Math.max(0, after.events - known - ofSecond),
  };
}
