/** Audit counters of one API server. */
export interface AuditCounters {
  /** `apiserver_audit_event_total`. */
  readonly events: number;
  /** `apiserver_audit_error_total` of all backends. */
  readonly errors: number;
  /** `process_start_time_seconds`; another value means that the counters began again. */
  readonly startedAt: number | null;
}

/** Of /metrics: a large cluster has about 10 MiB. */
export const maxMetricsBytes = 128 << 20;
/** A line of the counters is short; a label's value may be long. */
const maxLine = 4_096;

/**
 * Reads the audit counters from the text of /metrics (Prometheus text format).
 *
 * @returns null: it has no audit counter, so nothing is audited or this is not an API server
 */
export function parseAuditCounters(text: string): AuditCounters | null {
  let events: number | null = null;
  let errors = 0;
  let startedAt: number | null = null;
  for (const [name, value] of listSamples(text)) {
    if (name === 'apiserver_audit_event_total') events = (events ?? 0) + value;
    else if (name === 'apiserver_audit_error_total') errors += value;
    else startedAt = value;
  }
  return events === null ? null : { events, errors, startedAt };
}

const wanted = /^(apiserver_audit_event_total|apiserver_audit_error_total|process_start_time_seconds)[{ ]/;

/** Without splitting the whole text, which has a hundred thousand lines. */
function* listSamples(text: string): Generator<[name: string, value: number]> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    if (stop - at <= maxLine) {
      const line = text.slice(at, stop);
      const name = wanted.exec(line)?.[1];
      // A timestamp may follow the value.
      const value =
        name === undefined ? Number.NaN : Number(/^[^{ ]+(?:\{.*\})? +(\S+)(?: +-?\d+)?\s*$/.exec(line)?.[1]);
      if (name !== undefined && Number.isFinite(value)) yield [name, value];
    }
    at = stop + 1;
  }
}
