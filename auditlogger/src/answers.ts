import type { WriteResult } from '@snoop/snoopdb';
import { SnoopDbError } from '@snoop/snoopdb';

/** What a sender gets to read. The kube-apiserver looks at status and Retry-After only; the text is for people. */
export interface Answer {
  readonly status: 200 | 400 | 413 | 415 | 429 | 503;
  /** Whole seconds: other forms the kube-apiserver passes over. */
  readonly retryAfterS?: number;
  readonly text: string;
}

/**
 * With 3 s the kube-apiserver repeats inside each of its five tries, which bridges about four minutes instead of one
 * and a half (client-go rest/with_retry.go: at most ten repeats, within the 30 s of a try).
 */
const databaseRetryAfterS = 3;
const busyRetryAfterS = 1;

/** Every event of the body is committed. */
export function stored(result: WriteResult): Answer {
  return { status: 200, text: JSON.stringify(result) };
}

export function tooLarge(limitBytes: number): Answer {
  return { status: 413, text: `The body is larger than ${limitBytes} bytes.` };
}

export function unknownType(type: string | undefined): Answer {
  return { status: 415, text: `The content type must be application/json, not '${type ?? ''}'.` };
}

export function unknownEncoding(encoding: string): Answer {
  return { status: 415, text: `The content encoding '${encoding}' is not accepted: send the body as it is.` };
}

/** More bytes are being worked on than this program allows itself. */
export function busy(): Answer {
  return { status: 429, retryAfterS: busyRetryAfterS, text: 'Too many bytes are being stored at the moment.' };
}

/** Not now: nothing of the body is known to be committed. */
export function notNow(reason: string): Answer {
  return { status: 503, retryAfterS: databaseRetryAfterS, text: reason };
}

/**
 * The answer to a body that could not be stored. Only what can never be stored gets a 400; all else may be tried again.
 * @param reason the error in words
 */
export function failed(error: unknown, reason: string): Answer {
  if (error instanceof SnoopDbError && error.code === 'bad_body') return { status: 400, text: reason };
  return notNow(`The events could not be stored: ${reason}`);
}
