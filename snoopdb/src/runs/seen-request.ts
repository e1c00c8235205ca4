import { isSuccess } from '../rules/hit.ts';
import { hasDryRun } from '../events/dry-run.ts';
import type { RunEventRow, RunRequestRow } from './run-rows.ts';

/** A request of a run, combined with the events of all its stages. */
export interface SeenRequest extends Pick<RunEventRow, 'endpoint' | 'reason' | 'ambiguous' | 'isDryRun' | 'isHit'> {
  request: RunRequestRow;
  /** The success code of any stage, else the code of the latest stage, else the one the client saw. */
  code: number | null;
}

const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/** Joins a request with its events. Those of a HEAD were resolved when the run was saved, see testing.resolve_heads(). */
export function joinRequest(request: RunRequestRow, events: readonly RunEventRow[]): SeenRequest {
  const latestFirst = [...events].sort((a, b) => rank(b) - rank(a));
  const withCode = latestFirst.filter((event) => event.code !== null);
  const answered = withCode.find((event) => isSuccess(event.code)) ?? withCode[0];
  const code = answered?.code ?? request.status;
  // Events at level Metadata do not show a dry run requested in the body; the client knows it.
  const isDryRun = request.isDryRun || hasDryRun(request.requestUri) || events.some((event) => event.isDryRun);
  const event =
    latestFirst.find((one) => one.isHit) ?? latestFirst.find((one) => one.endpoint !== null) ?? latestFirst[0];
  return {
    request,
    code,
    endpoint: event?.endpoint ?? null,
    reason: event?.reason ?? null,
    // The client knows the method.
    ambiguous: null,
    isDryRun,
    isHit: (event?.isHit ?? false) && !isDryRun && (request.unreadBody ?? null) === null,
  };
}

function rank(event: RunEventRow): number {
  return stages.indexOf(event.stage ?? '');
}
