import { createTimeLine, formatDuration, type TimeLine } from './time-line.ts';

/** A request, as time lines show it. */
export interface ShownRequest {
  readonly key: string;
  /** Its step, or where it was seen. */
  readonly group: string | null;
  /** Method or verb, and path. */
  readonly request: string;
  readonly endpoint: string | null;
  readonly answer: string;
  readonly isSuccess: boolean;
  /** In milliseconds since 1970; null: unknown. */
  readonly start: number | null;
  readonly end: number | null;
}

/** The time line of the requests whose times are known; null: of none. */
export function createRequestTimeLine(requests: readonly ShownRequest[]): TimeLine | null {
  return createTimeLine(requests.flatMap(({ key, start, end }) => (start === null ? [] : [{ key, start, end }])));
}

/** `20 ms`; null: unknown. */
export function formatTook({ start, end }: ShownRequest): string | null {
  return start === null || end === null ? null : formatDuration(Math.max(0, end - start));
}

/** A time of an answer in milliseconds since 1970; null: unknown. */
export function readTime(text: string | null): number | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
