import { SnoopDbError, type DatabaseProblem } from '@snoop/snoopdb';
import type { Accepted } from './store.ts';

/** The answer to a sender. The kube-apiserver reads only status and Retry-After; the text is for people. */
export interface Answer {
  readonly status: 200 | 400 | 401 | 403 | 408 | 413 | 415 | 429 | 503;
  /** Whole seconds: the kube-apiserver ignores other forms. */
  readonly retryAfterS?: number;
  readonly text: string;
  /** More detail, for the log and for authenticated senders. */
  readonly detail?: string;
}

/**
 * With 3 s, the kube-apiserver retries within each of its five attempts, which bridges about four minutes instead of one
 * and a half (client-go rest/with_retry.go: at most ten retries within the 30 s of an attempt).
 */
const databaseRetryAfterS = 3;
const busyRetryAfterS = 1;

/** Every event of the body is committed or, with a spool, on disk. */
export function stored(accepted: Accepted): Answer {
  if (accepted.kind === 'spooled') return { status: 200, text: '{"spooled":true}' };
  const { events, stored, repeated, unresolved, rejected } = accepted;
  return { status: 200, text: JSON.stringify({ events, stored, repeated, unresolved, rejected }) };
}

export function badSource(name: string): Answer {
  return {
    status: 400,
    text: `${JSON.stringify(name.slice(0, 100))} is not a valid source name. Use at most 100 letters, digits and . _ : @ -, starting with a letter or digit.`,
  };
}

export function badGzip(): Answer {
  return { status: 400, text: 'The body is not valid gzip, or it is truncated.' };
}

export function tooSlow(limitMs: number): Answer {
  return { status: 408, text: `The body did not arrive within ${limitMs / 1000} s.` };
}

export function tooLarge(limitBytes: number): Answer {
  return { status: 413, text: `The body is larger than ${limitBytes} bytes.` };
}

export function unknownType(type: string | undefined): Answer {
  return { status: 415, text: `The content type must be application/json, not '${type ?? ''}'.` };
}

export function unknownEncoding(encoding: string): Answer {
  return { status: 415, text: `The content encoding '${encoding}' is not supported. Use gzip or none.` };
}

/** The byte budget of bodies in flight is used up. */
export function busy(): Answer {
  return { status: 429, retryAfterS: busyRetryAfterS, text: 'Too many bytes are being stored right now.' };
}

/** The body may not be committed; the sender should retry. @param problem or a reason that any client may read */
export function unavailable(problem: DatabaseProblem | string): Answer {
  const { kind, detail } = typeof problem === 'string' ? { kind: problem, detail: problem } : problem;
  const toText = (reason: string): string => `Retry later: ${reason.replace(/\.$/, '')}.`;
  return { status: 503, retryAfterS: databaseRetryAfterS, text: toText(kind), detail: toText(detail) };
}

/**
 * The answer to a body that could not be stored: 400, 403 or 413 when retrying cannot help, else 503.
 * @param reason the error in words
 * @param kind the part of it that any client may read
 */
export function failed(error: unknown, reason: string, kind: string): Answer {
  if (error instanceof SnoopDbError && error.code === 'bad_body') return { status: 400, text: reason };
  if (error instanceof SnoopDbError && (error.code === 'too_many_events' || error.code === 'too_many_rejected')) {
    return { status: 413, text: reason };
  }
  if (error instanceof SnoopDbError && error.code === 'too_many_sources') {
    return { status: 403, text: `${reason}: use one of these, or raise --max-sources.` };
  }
  return unavailable({ kind, detail: reason });
}
