import { isSuccess } from '../events/audit-event.ts';
import type { RunEventRow, RunRequestRow } from './run-rows.ts';

/** One request of a run with what its events say, all stages together. */
export interface SeenRequest extends Pick<RunEventRow, 'endpoint' | 'reason' | 'ambiguous' | 'isDryRun' | 'isHit'> {
  request: RunRequestRow;
  /** The code that proves success if any stage has one, else the latest stage's, else what the client saw. */
  code: number | null;
}

const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/** Joins a request with its events. Of a HEAD they were resolved as one when the run was saved, see testing.resolve_heads(). */
export function joinRequest(request: RunRequestRow, events: readonly RunEventRow[]): SeenRequest {
  const latestFirst = [...events].sort((a, b) => rank(b) - rank(a));
  const withCode = latestFirst.filter((event) => event.code !== null);
  const answered = withCode.find((event) => isSuccess(event.code)) ?? withCode[0];
  const code = answered?.code ?? request.status;
  // A body that asks for a dry run is not shown by an event at level Metadata; the client knows it.
  const isDryRun = request.isDryRun || events.some((event) => event.isDryRun);
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
