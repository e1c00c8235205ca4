import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Checker } from './checker.ts';
import type { HttpAnswer } from './http-connection.ts';
import { createScaledClock, type ScaledClock } from './scaled-clock.ts';
import { createSinkClient, type SinkOptions } from './sink-client.ts';
import { createThrottle } from './throttle.ts';

/** The kube-apiserver's flags, with its defaults (--audit-webhook-…). */
export const apiserverDefaults = {
  bufferSize: 10_000,
  batchMaxSize: 400,
  batchMaxWaitMs: 30_000,
  throttleQps: 10,
  throttleBurst: 15,
  initialBackoffMs: 10_000,
  /** No flag, but part of the address that it calls: `?timeout=30s`. */
  requestTimeoutMs: 30_000,
} as const;

export interface ApiserverOptions extends SinkOptions, Partial<{ [Flag in keyof typeof apiserverDefaults]: number }> {
  /** How many times faster than real time its clock runs; default: 1. */
  readonly scale?: number;
  /** Jitter, from 0 to 1; default: Math.random. */
  readonly random?: () => number;
  /** Hears of every body. */
  readonly witness?: Pick<Checker, 'sent' | 'acknowledged'>;
  /** Under which its events are stored, for the witness. */
  readonly source?: string;
}

export interface ApiserverCounts {
  /** Events that happened. */
  audited: number;
  /** Events for which there was no room in the buffer. */
  dropped: number;
  batches: number;
  acknowledgedEvents: number;
  /** Events of batches that were given up after the last try. */
  lost: number;
  /** Requests, repeats included. */
  requests: number;
  /** Answers by their status; requests without one by the error's code. */
  answers: Record<string, number>;
}

export interface Apiserver {
  /** An event happens; it is buffered, or dropped when the buffer is full. */
  audit(event: string): void;
  readonly counts: Readonly<ApiserverCounts>;
  readonly clock: ScaledClock;
  /** No more events: what is buffered is sent, each batch to its end. */
  shutDown(): Promise<void>;
}

/** staging/src/k8s.io/apiserver/pkg/util/webhook/webhook.go, DefaultRetryBackoffWithInitialDelay. */
const tries = 5;
const backoffFactor = 1.5;
const backoffJitter = 0.2;
/** staging/src/k8s.io/client-go/rest: repeats of one request; all of them have the one timeout together. */
const repeatsInTry = 10;

/**
 * A kube-apiserver as its audit webhook sees it in mode `batch` (staging/src/k8s.io/apiserver/plugin/pkg/audit/buffered):
 * a buffer, batches that travel in parallel, a throttle, and for each batch five tries with growing waits between, each of
 * which repeats its request as long as the answer bids it with Retry-After.
 */
export function createApiserver(options: ApiserverOptions): Apiserver {
  const flags = { ...apiserverDefaults, ...options };
  const { random = Math.random, witness, source } = options;
  const clock = createScaledClock(options.scale ?? 1);
  const client = createSinkClient(options);
  const throttle = createThrottle(clock, flags.throttleQps, flags.throttleBurst);
  const counts: ApiserverCounts = {
    audited: 0,
    dropped: 0,
    batches: 0,
    acknowledgedEvents: 0,
    lost: 0,
    requests: 0,
    answers: {},
  };
  const sending = new Set<Promise<void>>();
  const buffer: string[] = [];
  let closing = false;
  let onEvent = (): void => {};

  const request = async (body: Buffer, signal: AbortSignal): Promise<HttpAnswer> => {
    counts.requests++;
    let outcome = 'timeout';
    try {
      const answer = await clock.during(() => client.post(body, signal));
      outcome = String(answer.status);
      return answer;
    } catch (error) {
      if (!signal.aborted) outcome = codeOf(error);
      throw error;
    } finally {
      counts.answers[outcome] = (counts.answers[outcome] ?? 0) + 1;
    }
  };

  /** One try; whether it was successful. */
  const attempt = async (body: Buffer): Promise<boolean> => {
    const timeout = new AbortController();
    const over = new AbortController();
    clock.wait(flags.requestTimeoutMs, over.signal).then(
      () => timeout.abort(new Error('no answer in time')),
      () => {},
    );
    try {
      for (let repeats = 0; ; repeats++) {
        const answer = await request(body, timeout.signal);
        const retryAfterMs = readRetryAfter(answer);
        if (retryAfterMs === null || repeats === repeatsInTry) return answer.status >= 200 && answer.status < 300;
        await clock.wait(retryAfterMs, timeout.signal);
      }
    } catch {
      return false;
    } finally {
      over.abort();
    }
  };

  const send = async (events: readonly string[]): Promise<void> => {
    const body = encodeList(events);
    witness?.sent(body, source);
    counts.batches++;
    let backoffMs: number = flags.initialBackoffMs;
    for (let left = tries; left > 0; left--) {
      if (await attempt(body)) {
        witness?.acknowledged(body, source);
        counts.acknowledgedEvents += events.length;
        return;
      }
      if (left === 1) break;
      await clock.wait(backoffMs * (1 + backoffJitter * random()));
      backoffMs *= backoffFactor;
    }
    counts.lost += events.length;
  };

  /** As many events as make a batch, or as came until the wait is over; the wait begins with the collecting. */
  const collect = async (): Promise<readonly string[]> => {
    const full = new AbortController();
    onEvent = () => {
      if (buffer.length >= flags.batchMaxSize || closing) full.abort();
    };
    onEvent();
    await clock.wait(flags.batchMaxWaitMs, full.signal).catch(() => {});
    return buffer.splice(0, flags.batchMaxSize);
  };

  const work = async (): Promise<void> => {
    for (;;) {
      const batch = await collect();
      if (batch.length === 0) {
        if (closing) break;
        // A scale without end must not keep everybody else from running.
        await nextTurn();
        continue;
      }
      await throttle.take();
      const sent = send(batch).finally(() => sending.delete(sent));
      sending.add(sent);
    }
    await Promise.all(sending);
    client.close();
  };
  const done = work();

  return {
    audit(event) {
      counts.audited++;
      if (closing || buffer.length >= flags.bufferSize) counts.dropped++;
      else buffer.push(event);
      onEvent();
    },
    counts,
    clock,
    shutDown() {
      closing = true;
      onEvent();
      return done;
    },
  };
}

/** As Go's encoder writes it, with a line's end. */
function encodeList(events: readonly string[]): Buffer {
  return Buffer.from(
    `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.join(',')}]}\n`,
  );
}

/**
 * The wait that an answer bids; null: it is final. Only 429 and 5xx, and only whole seconds count, a date or a fraction
 * is as good as nothing (client-go/rest/with_retry.go, request.go: retryAfterSeconds, checkWait).
 */
function readRetryAfter({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): number | null {
  if (status !== 429 && status < 500) return null;
  const text = headers.get('retry-after') ?? '';
  return /^[+-]?\d+$/.test(text) ? Math.max(0, Number(text)) * 1000 : null;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'error';
}
