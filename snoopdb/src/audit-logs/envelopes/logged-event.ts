import type { LogPlace } from '../../events/audit-event.ts';
import { createSlice, type EventSlice, markBadText } from '../../events/event-list.ts';

/**
 * An event of an audit log, or what stands there instead: its slice has a flaw then. What was wrapped stands where the
 * record begins that holds it, or the first of its parts.
 */
export interface LoggedEvent extends Omit<LogPlace, 'number'> {
  /** The bytes of the log, or what was unwrapped from them; the slice says which of them. */
  body: Buffer;
  slice: EventSlice;
  /** What the event was wrapped in, outermost first; null: it is no event. */
  shape: string | null;
}

export type Groups<Result = void> = Generator<LoggedEvent[], Result, undefined>;

/** Where something stands in the log itself. */
export type Place = Pick<LoggedEvent, 'line' | 'byteOffset'>;

/** How the shapes of a log are called in summaries. */
export const shapes = {
  event: 'plain events',
  list: 'EventList',
  aks: 'AKS diagnostic records',
  cloudWatch: 'CloudWatch events (EKS)',
  s3: 'CloudWatch export to S3 (EKS)',
  cri: 'CRI log',
  docker: 'Docker json-file',
  syslog: 'syslog',
  nodeLogs: 'oc adm node-logs',
  collector: 'log collector, as text',
  parsed: 'log collector, parsed',
  text: 'JSON strings',
} as const;

/** A shape within another one; events that lie plainly in it are called by the outer one. */
export function joinShapes(outer: string, inner: string): string {
  if (outer === '') return inner;
  return inner === shapes.event ? outer : `${outer} > ${inner}`;
}

export function createReject(start: number, end: number, reason: string): EventSlice {
  return { ...createSlice(), start, end, flaw: { reason, sqlstate: null } };
}

/** Marks events whose bytes are no UTF-8. All of them lie in one block, in their order. */
export function finishGroup(block: Buffer, group: LoggedEvent[]): LoggedEvent[] {
  markBadText(
    block,
    group.map(({ slice }) => slice),
  );
  return group;
}
