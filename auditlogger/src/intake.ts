import type { IncomingMessage } from 'node:http';
import { describeError, findTrouble, SnoopDbError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Answer } from './answers.ts';
import { badGzip, busy, failed, notNow, stored, tooLarge, tooSlow } from './answers.ts';
import { readBodyHeaders } from './body-headers.ts';
import { BufferPool } from './buffer-pool.ts';
import { ByteBudget } from './byte-budget.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import { mayQuote } from './quoting.ts';
import { receiveBody, type Reception } from './receive-body.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { RejectedBodies } from './rejected-bodies.ts';
import type { Deposit, Store } from './store.ts';

/** The kube-apiserver gives a request up after 30 s. */
const receiveMs = 30_000;
/** After a body was received; with the time it takes to notice, well within the sender's patience. */
const storeMs = 18_000;
/** What a decoder of gzip needs for itself. */
const gunzipBytes = 64 * 1024;

export interface IntakeOptions {
  readonly store: Pick<Store, 'write' | 'whyNot'>;
  readonly rejectedBodies: RejectedBodies;
  readonly refusals: RefusalLog;
  readonly metrics: {
    received(bytes: number): void;
    deposited(deposit: Deposit): void;
    rejectedBody(): void;
  };
  readonly limits: { readonly bodyBytes: number; readonly queueBytes: number };
  readonly log: Logger;
}

/** A request that brings a body, and what is done with the outcome. */
export interface Delivery {
  readonly source: string;
  /** Called when nothing speaks against receiving the body. */
  readonly begin: () => void;
  /** Called once, unless the sender goes away before. */
  readonly answer: (answer: Answer) => void;
}

/** Takes bodies of audit events and stores them. */
export interface Intake {
  take(request: IncomingMessage, delivery: Delivery): void;
  /** Bodies being received and stored, and their bytes. */
  readonly queue: { bodies: number; bytes: number };
  /**
   * Takes no new bodies from now on.
   * @param timeoutMs what is not stored by then is answered 503
   * @returns when all bodies are answered
   */
  drain(timeoutMs: number): Promise<void>;
}

export function createIntake(options: IntakeOptions): Intake {
  const { store, rejectedBodies, refusals, metrics, limits, log } = options;
  const budget = new ByteBudget(limits.queueBytes);
  const pool = new BufferPool(limits.bodyBytes, limits.queueBytes);
  const receiving = new Deadlines(receiveMs);
  const storing = new Deadlines(storeMs);
  const isVerbose = log.isLevelEnabled('debug');
  const unanswered = new Set<Awaited>();
  let bodies = 0;
  let isDraining = false;
  let onAnswered = (): void => {};

  interface Awaited {
    readonly delivery: Delivery;
    deadline: Deadline | null;
  }

  function answer(awaited: Awaited, its: Answer | null): void {
    if (!unanswered.delete(awaited)) return;
    awaited.deadline?.end();
    if (its !== null) awaited.delivery.answer(its);
    if (isDraining && unanswered.size === 0) onAnswered();
  }

  /** What can be said before anything of the body came. */
  function refuse(bytes: number, announced: number | null): Answer | null {
    if (isDraining) return notNow('the auditlogger is shutting down');
    if (announced !== null && announced > limits.bodyBytes) return tooLarge(limits.bodyBytes);
    if (store.whyNot !== null) return notNow(store.whyNot);
    return budget.hasRoomFor(bytes) ? null : busy();
  }

  function take(request: IncomingMessage, delivery: Delivery): void {
    const { isGzip, announced, refusal: ofHeaders } = readBodyHeaders(request.headers);
    const refusal = ofHeaders ?? refuse(isGzip ? gunzipBytes : (announced ?? 0), announced);
    const reservation = refusal === null ? budget.open(isGzip ? gunzipBytes : 0, announced !== null && !isGzip) : null;
    if (refusal !== null || reservation === null) {
      const its = refusal ?? busy();
      note(its, delivery.source);
      delivery.answer(its);
      return;
    }
    bodies++;
    const leave = (): void => {
      bodies--;
      reservation.release();
    };
    const awaited: Awaited = { delivery, deadline: null };
    unanswered.add(awaited);
    delivery.begin();
    const receiveOptions = { isGzip, announced, limit: limits.bodyBytes, reservation, pool, deadlines: receiving };
    receiveBody(request, receiveOptions, (reception) => {
      if (reception.kind === 'received') storeBody(awaited, reception, leave);
      else {
        leave();
        answer(awaited, explain(reception, delivery.source));
      }
    });
  }

  function storeBody(awaited: Awaited, received: Extract<Reception, { kind: 'received' }>, leave: () => void): void {
    const { body, sha256, giveBack } = received;
    const { source } = awaited.delivery;
    metrics.received(body.length);
    // The work goes on: the sender repeats the body, and finds it stored or on its way.
    awaited.deadline = storing.begin(() =>
      answer(awaited, notNow(`the database has not stored it within ${storeMs / 1000} s, and still works on it`)),
    );
    store.write(body, { source, sha256 }).then(
      (deposit) => {
        // Of what went to disk, the database's failed work may still hold on to the bytes.
        if (deposit.kind === 'stored') giveBack();
        leave();
        metrics.deposited(deposit);
        if (isVerbose) log.debug({ source, bytes: body.length, ...describe(deposit) }, deposit.kind);
        answer(awaited, stored(deposit));
      },
      (error: unknown) => {
        leave();
        const reason = describeError(error);
        const kind = store.whyNot?.kind ?? findTrouble(error)?.kind ?? 'the database did not take it';
        const its = failed(error, reason, kind);
        note(its, source, mayQuote(error) ? null : reason);
        // Of one that is merely too large nothing is wrong.
        const isWrong = its.status === 400 || (error instanceof SnoopDbError && error.code === 'too_many_rejected');
        if (isWrong) rejectedBodies.note({ source, sha256, start: body, bytes: body.length, reason });
        // Not of others: what failed may still hold on to them.
        if (its.status !== 503) giveBack();
        answer(awaited, its);
      },
    );
  }

  /** @returns null when there is nobody left to answer */
  function explain(reception: Exclude<Reception, { kind: 'received' }>, source: string): Answer | null {
    if (reception.kind === 'gone') return null;
    const its = answerTo(reception.kind);
    if (reception.kind === 'bad gzip') rejectedBodies.note({ source, ...reception, reason: its.text });
    note(its, source);
    return its;
  }

  function answerTo(kind: Exclude<Reception['kind'], 'received' | 'gone'>): Answer {
    if (kind === 'bad gzip') return badGzip();
    if (kind === 'too large') return tooLarge(limits.bodyBytes);
    return kind === 'too slow' ? tooSlow(receiveMs) : busy();
  }

  function note({ status, text, detail = text }: Answer, source: string, reason: string | null = detail): void {
    // Those that can never be stored.
    if (status === 400 || status === 413) metrics.rejectedBody();
    refusals.note(status, reason, source);
  }

  return {
    take,
    get queue() {
      return { bodies, bytes: budget.taken };
    },
    async drain(timeoutMs) {
      isDraining = true;
      const late = setTimeout(() => {
        for (const awaited of unanswered) answer(awaited, notNow('the auditlogger is shutting down'));
      }, timeoutMs);
      await new Promise<void>((resolve) => {
        onAnswered = resolve;
        if (unanswered.size === 0) resolve();
      });
      clearTimeout(late);
      pool.close();
      receiving.close();
      storing.close();
    },
  };
}

function describe(deposit: Deposit): object {
  if (deposit.kind === 'spooled') return {};
  const { stagedAt, kind, ...figures } = deposit;
  return figures;
}
