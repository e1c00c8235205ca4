import type { LogPlace } from '../../events/audit-event.ts';
import { createSlice, type EventSlice, markBadText } from '../../events/event-list.ts';

/**
 * An event of an audit log, or what is there instead of one; then its slice has a flaw. A wrapped event has the place of
 * its record, or of the first part.
 */
export interface LoggedEvent extends Omit<LogPlace, 'number'> {
  /** Bytes of the log, or bytes unwrapped from them; the slice is a part of these. */
  body: Buffer;
  slice: EventSlice;
  /** What the event was wrapped in, outermost first; null if it is not an event. */
  shape: string | null;
}

export type Groups<Result = void> = Generator<LoggedEvent[], Result, undefined>;

/** A place in the log itself, not in an unwrapped one. */
export type Place = Pick<LoggedEvent, 'line' | 'byteOffset'>;

/** The names of shapes in summaries. */
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

/** Names a shape within another one; plain events have the name of the outer one. */
export function joinShapes(outer: string, inner: string): string {
  if (outer === '') return inner;
  return inner === shapes.event ? outer : `${outer} > ${inner}`;
}

export function createReject(start: number, end: number, reason: string): EventSlice {
  return { ...createSlice(), start, end, flaw: { reason, sqlstate: null } };
}

/** Marks events whose bytes are not UTF-8. The events must be in the order of the block. */
export function finishGroup(block: Buffer, group: LoggedEvent[]): LoggedEvent[] {
  markBadText(
    block,
    group.map(({ slice }) => slice),
  );
  return group;
}
