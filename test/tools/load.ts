import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Checker } from './checker.ts';
import { type Latency, summarizeLatency } from './latency.ts';
import { createSinkClient, type SinkOptions } from './sink-client.ts';

export interface LoadOptions extends SinkOptions {
  /**
   * `closed`: so many senders, each of which sends its next body when the last one is answered.
   * `open`: so many bodies a second whatever the answers do, as many at once as that takes.
   */
  readonly pace:
    | { readonly kind: 'closed'; readonly senders: number }
    | { readonly kind: 'open'; readonly perSecond: number };
  /** Makes the next body; null at the end. */
  readonly nextBody: () => string | Buffer | null;
  /** After an answer other than 200: `no` drops the body, `until stored` repeats it until 200 or stop(). */
  readonly repeat?: 'no' | 'until stored';
  /** The pause after an answer other than 200; default: 20 ms. Retry-After is ignored. */
  readonly repeatAfterMs?: number;
  /** Hears of every body. */
  readonly witness?: Pick<Checker, 'sent' | 'acknowledged'>;
  /** Under which the events are stored, for the witness. */
  readonly source?: string;
}

export interface LoadResult {
  /** Requests, repeats included. */
  requests: number;
  /** Bodies answered 200. */
  acknowledged: number;
  /** Bytes of these bodies. */
  acknowledgedBytes: number;
  /** Answers by their status; requests without one by the error's code. */
  answers: Record<string, number>;
  seconds: number;
  /**
   * From the send to the 200 of what was acknowledged at once. In an open loop from the moment at which it was due to be
   * sent: a receiver that makes its senders wait does not look better for it.
   */
  latency: Latency;
}

export interface RunningLoad {
  /** What was acknowledged so far. */
  readonly acknowledged: number;
  /** Answers so far, as in the result. */
  readonly answers: Readonly<Record<string, number>>;
  /** So many requests have no answer yet. */
  readonly underWay: number;
  /** No new bodies and no repeats; waits for the answers under way. */
  stop(): Promise<LoadResult>;
  /** When there are no more bodies, or after stop(). */
  readonly done: Promise<LoadResult>;
}

/** Sends bodies to an auditlogger over keep-alive connections and counts what comes back. */
export function startLoad(options: LoadOptions): RunningLoad {
  const { pace, nextBody, repeat = 'no', repeatAfterMs = 20, witness, source } = options;
  const client = createSinkClient(options);
  const stopping = new AbortController();
  // Every body that waits for its repeat listens.
  setMaxListeners(0, stopping.signal);
  const times: number[] = [];
  const result: LoadResult = {
    requests: 0,
    acknowledged: 0,
    acknowledgedBytes: 0,
    answers: {},
    seconds: 0,
    latency: summarizeLatency([]),
  };
  let underWay = 0;
  const started = performance.now();

  const request = async (body: Buffer): Promise<boolean> => {
    let outcome: string;
    result.requests++;
    underWay++;
    try {
      outcome = String((await client.post(body)).status);
    } catch (error) {
      outcome = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    } finally {
      underWay--;
    }
    result.answers[outcome] = (result.answers[outcome] ?? 0) + 1;
    return outcome === '200';
  };

  /** Whether it was stored. */
  const deliver = async (given: string | Buffer, due: number): Promise<boolean> => {
    const body = typeof given === 'string' ? Buffer.from(given) : given;
    witness?.sent(body, source);
    let stored = await request(body);
    if (stored) times.push(performance.now() - due);
    while (!stored && repeat === 'until stored' && !stopping.signal.aborted) {
      await pause(repeatAfterMs);
      if (!stopping.signal.aborted) stored = await request(body);
    }
    if (!stored) return false;
    witness?.acknowledged(body, source);
    result.acknowledged++;
    result.acknowledgedBytes += body.length;
    return true;
  };
  // Waits belong to the load that is made: the next body is due by the clock, or the receiver said "later".
  const pause = (ms: number): Promise<void> => wait(ms, undefined, { signal: stopping.signal }).catch(() => {});

  const sendInTurn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const body = nextBody();
      if (body === null) return;
      // Who is refused does not come back at once with the next.
      if (!(await deliver(body, performance.now()))) await pause(repeatAfterMs);
    }
  };

  const sendByTheClock = async (perSecond: number): Promise<void> => {
    const deliveries: Promise<boolean>[] = [];
    for (let number = 0; !stopping.signal.aborted; number++) {
      const body = nextBody();
      if (body === null) break;
      const due = started + (number * 1000) / perSecond;
      const early = due - performance.now();
      if (early > 0) await pause(early);
      if (!stopping.signal.aborted) deliveries.push(deliver(body, due));
    }
    await Promise.all(deliveries);
  };

  const run = async (): Promise<LoadResult> => {
    if (pace.kind === 'open') await sendByTheClock(pace.perSecond);
    else await Promise.all(Array.from({ length: pace.senders }, sendInTurn));
    client.close();
    result.seconds = (performance.now() - started) / 1000;
    result.latency = summarizeLatency(times);
    return result;
  };
  const done = run();

  return {
    get acknowledged() {
      return result.acknowledged;
    },
    answers: result.answers,
    get underWay() {
      return underWay;
    },
    stop() {
      stopping.abort();
      return done;
    },
    done,
  };
}
