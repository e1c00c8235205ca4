import { isSuccess, provesSuccess } from '../events/audit-event.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import type { RunEventRow, RunRequestRow } from './run-rows.ts';

/** One request of a run with what its events say, all stages together. */
export interface SeenRequest extends Pick<RunEventRow, 'endpoint' | 'reason' | 'ambiguous' | 'isDryRun' | 'isHit'> {
  request: RunRequestRow;
  /** The code that proves success if any stage has one, else the latest stage's, else what the client saw. */
  code: number | null;
}

const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/**
 * Joins a request with its events.
 * @param resolver resolves a HEAD, whose events say get; null leaves the events' word
 */
export function joinRequest(
  request: RunRequestRow,
  events: readonly RunEventRow[],
  resolver: EndpointResolver | null,
): SeenRequest {
  const latestFirst = [...events].sort((a, b) => rank(b) - rank(a));
  const withCode = latestFirst.filter((event) => event.code !== null);
  const told = withCode.find((event) => isSuccess(event.code)) ?? withCode[0];
  const code = told?.code ?? request.status;
  // A body that asks for a dry run is not shown by an event at level Metadata; the client knows it.
  const isDryRun = request.isDryRun || events.some((event) => event.isDryRun);
  const method = request.method.toUpperCase();
  if (method === 'HEAD' && resolver) {
    const resolution = resolver.resolve({ verb: 'get', requestURI: request.requestUri, method });
    const { endpoint } = resolution;
    const proven = events.some((event) => provesSuccess(event.stage, event.code));
    const reason = resolution.endpoint === null ? resolution.reason : null;
    return {
      request,
      code,
      endpoint,
      reason,
      ambiguous: null,
      isDryRun,
      isHit: endpoint !== null && proven && !isDryRun,
    };
  }
  const event =
    latestFirst.find((one) => one.isHit) ?? latestFirst.find((one) => one.endpoint !== null) ?? latestFirst[0];
  return {
    request,
    code,
    endpoint: event?.endpoint ?? null,
    reason: event?.reason ?? null,
    // The client knows that it was no HEAD.
    ambiguous: null,
    isDryRun,
    isHit: (event?.isHit ?? false) && !isDryRun,
  };
}

function rank(event: RunEventRow): number {
  return stages.indexOf(event.stage ?? '');
}
