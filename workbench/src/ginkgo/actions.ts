import { asList, asRecord } from '../new-test/json.ts';
import type { Call } from './read-calls.ts';

/** What a test did with one or several requests. */
export type Action =
  | { readonly type: 'call'; readonly call: Call }
  /** Read an object, change it and send it back, maybe repeatedly. */
  | { readonly type: 'update'; readonly read: Call; readonly write: Call }
  /** Repeat a request until its answer is the last one. */
  | { readonly type: 'poll'; readonly call: Call; readonly before: Call | null }
  /** Watch until an event arrives, and what was done meanwhile. */
  | { readonly type: 'watch'; readonly call: Call; readonly during: readonly Action[] };

/**
 * Groups the requests of a step.
 *
 * @param previous the last request before
 */
export function groupCalls(calls: readonly Call[], previous: Call | null): Action[] {
  const actions: Action[] = [];
  for (let at = 0; at < calls.length; ) {
    const { action, length } = takeAction(calls, at, calls[at - 1] ?? previous);
    if (action !== null) actions.push(action);
    at += length;
  }
  return actions;
}

function takeAction(
  calls: readonly Call[],
  at: number,
  previous: Call | null,
): { action: Action | null; length: number } {
  const call = calls[at];
  if (call === undefined) return { action: null, length: 1 };
  if (call.verb === 'watch') {
    const length = countDuring(calls, at);
    return { action: { type: 'watch', call, during: groupCalls(calls.slice(at + 1, at + length), call) }, length };
  }
  const update = takeUpdate(calls, at);
  if (update !== null) return update;
  const same = countSame(calls, at);
  const last = calls[at + same - 1] ?? call;
  // The last one is read to be updated.
  const polled = isUpdateOf(calls[at + same], last) ? same - 1 : same;
  if (polled > 1) {
    const end = calls[at + polled - 1] ?? call;
    return { action: { type: 'poll', call: end, before: calls[at + polled - 2] ?? null }, length: polled };
  }
  const waits = previous !== null && waitsForRemoval(previous, call);
  return { action: waits ? { type: 'poll', call, before: null } : { type: 'call', call }, length: 1 };
}

/** The requests that were sent while a watch was open. */
function countDuring(calls: readonly Call[], at: number): number {
  const closed = calls[at]?.request.closed_at ?? null;
  let length = 1;
  for (; at + length < calls.length; length += 1) {
    const sent = calls[at + length]?.request.sent_at ?? '';
    if (closed !== null && Date.parse(sent) >= Date.parse(closed)) break;
  }
  return length;
}

const conflict = 409;

/** Pairs of a read and an update of the same object, repeated after conflicts. */
function takeUpdate(calls: readonly Call[], at: number): { action: Action; length: number } | null {
  for (let length = 0; ; length += 2) {
    const [read, write] = [calls[at + length], calls[at + length + 1]];
    if (
      read === undefined ||
      read.verb !== 'get' ||
      !isSuccess(read) ||
      !isUpdateOf(write, read) ||
      write === undefined
    )
      return null;
    if (write.request.status === conflict) continue;
    return isSuccess(write) ? { action: { type: 'update', read, write }, length: length + 2 } : null;
  }
}

function isUpdateOf(write: Call | undefined, read: Call): boolean {
  return write?.verb === 'update' && write.request.path.split('?')[0] === read.request.path.split('?')[0];
}

/** Counts equal requests in sequence that read. */
function countSame(calls: readonly Call[], at: number): number {
  const first = calls[at];
  if (first === undefined || !['get', 'list'].includes(first.verb)) return 1;
  let count = 1;
  while (calls[at + count]?.verb === first.verb && calls[at + count]?.request.request_uri === first.request.request_uri)
    count += 1;
  return count;
}

/** Removal may take a moment: the object has finalizers, or Pods have to end. */
function waitsForRemoval(previous: Call, call: Call): boolean {
  const [from, to] = [previous.request.path.split('?')[0], call.request.path.split('?')[0]];
  if (from !== to || !isSuccess(previous)) return false;
  if (previous.verb === 'delete') return call.verb === 'get' && call.request.status === 404;
  return previous.verb === 'deletecollection' && call.verb === 'list' && isSuccess(call) && isEmptyList(call);
}

function isEmptyList({ answer }: Call): boolean {
  return answer !== undefined && asList(asRecord(answer).items).length === 0;
}

export function isSuccess({ request: { status } }: Call): boolean {
  return status !== null && status >= 200 && status < 300;
}
