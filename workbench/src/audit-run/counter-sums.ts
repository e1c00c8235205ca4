import type { RunCounters } from './folder/run-file.ts';
import type { Moment } from './marks.ts';

/** An API server that was restarted during a run: only what it sent since then is known. */
export interface Restart {
  readonly source: string;
  /** When its process began, in the form of `stageTimestamp`. */
  readonly at: string;
  /** `stageTimestamp` of the end of the run. */
  readonly until: string;
  /** Events that it sent in between. */
  readonly sent: number;
}

/** What all API servers sent during a run. */
export interface CounterSum extends Pick<RunCounters, 'sent' | 'errors' | 'uncertain'> {
  readonly restarts: readonly Restart[];
  /** Why `sent` is unknown, as sentences; the caller knows why a moment is missing. */
  readonly reasons: readonly string[];
}

type Span =
  | { readonly sent: number; readonly errors: number; readonly uncertain: number }
  | { readonly restart: Restart | null; readonly reason: string | null };

/**
 * Adds up what all API servers sent between two moments. The sum is unknown if one of them was restarted, since its
 * counters began again at 0.
 */
export function sumCounters(begins: readonly Moment[], ends: readonly (Moment | null)[]): CounterSum {
  const sum = { sent: 0, errors: 0, uncertain: 0 };
  const restarts: Restart[] = [];
  const reasons = new Set<string>();
  let isKnown = true;
  for (const [index, begin] of begins.entries()) {
    const span = measure(begin, ends[index] ?? null);
    if ('sent' in span) {
      sum.sent += span.sent;
      sum.errors += span.errors;
      sum.uncertain += span.uncertain;
      continue;
    }
    isKnown = false;
    if (span.restart !== null) restarts.push(span.restart);
    if (span.reason !== null) reasons.add(span.reason);
  }
  const known = isKnown ? sum : { sent: null, errors: null, uncertain: 0 };
  return { ...known, restarts, reasons: [...reasons] };
}

function measure(begin: Moment, end: Moment | null): Span {
  if (begin.events === null || end === null || end.events === null) return { restart: null, reason: null };
  if (begin.startedAt === null || end.startedAt === null) {
    const reason = 'its /metrics have no process_start_time_seconds, so a restart would not be seen';
    return { restart: null, reason: `It is unknown how many events were sent: ${reason}.` };
  }
  if (begin.startedAt !== end.startedAt) {
    const at = new Date(end.startedAt * 1_000).toISOString().replace(/Z$/, '000Z');
    return { restart: { source: end.source, at, until: end.at, sent: end.events }, reason: null };
  }
  if (end.events < begin.events) {
    return {
      restart: null,
      reason: 'It is unknown how many events were sent: the counter of an API server decreased.',
    };
  }
  return {
    sent: end.events - begin.events,
    errors: Math.max(0, (end.errors ?? 0) - (begin.errors ?? 0)),
    uncertain: begin.uncertain + end.uncertain,
  };
}

/** @param stored events since the restart; null: SnoopDB did not answer, or its events are those of other API servers, too */
export function describeRestart({ at, sent }: Restart, stored: number | null): string {
  const count = stored === null ? 'how many of them are stored is unknown' : `${format(stored)} are stored`;
  return `An API server was restarted during the run, and its counters began again at ${at.slice(0, 19)}Z: it sent ${format(sent)} events since then, of which ${count}. How many it sent before is unknown.`;
}

/** What the counters say against the run, as sentences. */
export function explainCounters(
  { sent, stored, rejected, errors, uncertain }: RunCounters,
  trouble: string | null,
): string[] {
  const reasons: string[] = [];
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

function format(number: number): string {
  return number.toLocaleString('en-US');
}
