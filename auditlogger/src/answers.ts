import { SnoopDbError, type Trouble } from '@snoop/snoopdb';
import type { Deposit } from './store.ts';

/** What a sender gets to read. The kube-apiserver looks at status and Retry-After only; the text is for people. */
export interface Answer {
  readonly status: 200 | 400 | 401 | 403 | 408 | 413 | 415 | 429 | 503;
  /** Whole seconds: other forms the kube-apiserver passes over. */
  readonly retryAfterS?: number;
  readonly text: string;
  /** The same in full, for the log and for those who are known; nothing where the text is all there is. */
  readonly detail?: string;
}

/**
 * With 3 s the kube-apiserver repeats inside each of its five tries, which bridges about four minutes instead of one
 * and a half (client-go rest/with_retry.go: at most ten repeats, within the 30 s of a try).
 */
const databaseRetryAfterS = 3;
const busyRetryAfterS = 1;

/** Every event of the body is committed, or, with a spool, on disk. */
export function stored(deposit: Deposit): Answer {
  if (deposit.kind === 'spooled') return { status: 200, text: '{"spooled":true}' };
  const { events, stored, repeated, unresolved, rejected } = deposit;
  return { status: 200, text: JSON.stringify({ events, stored, repeated, unresolved, rejected }) };
}

export function badSource(name: string): Answer {
  return {
    status: 400,
    text: `${JSON.stringify(name.slice(0, 100))} is no name of a source: it takes at most 100 letters, digits and . _ : @ -, and begins with a letter or digit.`,
  };
}

export function badGzip(): Answer {
  return { status: 400, text: 'The body is said to be gzip, and it is not, or it is cut off.' };
}

export function tooSlow(limitMs: number): Answer {
  return { status: 408, text: `The body did not come within ${limitMs / 1000} s.` };
}

export function tooLarge(limitBytes: number): Answer {
  return { status: 413, text: `The body is larger than ${limitBytes} bytes.` };
}

export function unknownType(type: string | undefined): Answer {
  return { status: 415, text: `The content type must be application/json, not '${type ?? ''}'.` };
}

export function unknownEncoding(encoding: string): Answer {
  return { status: 415, text: `The content encoding '${encoding}' is not known: send the body as it is, or as gzip.` };
}

/** More bytes are being worked on than this program allows itself. */
export function busy(): Answer {
  return { status: 429, retryAfterS: busyRetryAfterS, text: 'Too many bytes are being stored at the moment.' };
}

/** Not now: nothing of the body is known to be committed. @param trouble or a reason that anybody may read */
export function notNow(trouble: Trouble | string): Answer {
  const { kind, detail } = typeof trouble === 'string' ? { kind: trouble, detail: trouble } : trouble;
  const say = (reason: string): string => `Send it again later: ${reason.replace(/\.$/, '')}.`;
  return { status: 503, retryAfterS: databaseRetryAfterS, text: say(kind), detail: say(detail) };
}

/**
 * The answer to a body that could not be stored. Only what can never be stored gets a 400, 403 or 413; all else may be tried
 * again.
 * @param reason the error in words
 * @param kind what of it anybody may read
 */
export function failed(error: unknown, reason: string, kind: string): Answer {
  if (error instanceof SnoopDbError && error.code === 'bad_body') return { status: 400, text: reason };
  if (error instanceof SnoopDbError && (error.code === 'too_many_events' || error.code === 'too_many_rejected')) {
    return { status: 413, text: reason };
  }
  if (error instanceof SnoopDbError && error.code === 'too_many_sources') {
    return { status: 403, text: `${reason}: send to one of these, or raise --max-sources.` };
  }
  return notNow({ kind, detail: reason });
}
