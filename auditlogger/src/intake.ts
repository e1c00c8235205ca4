import type { IncomingMessage } from 'node:http';
import { describeError, findDatabaseProblem, SnoopDbError } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Answer } from './answers.ts';
import { badGzip, busy, failed, unavailable, stored, tooLarge, tooSlow } from './answers.ts';
import { readBodyHeaders } from './body-headers.ts';
import { BufferPool } from './buffer-pool.ts';
import { ByteBudget } from './byte-budget.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import { mayQuote } from './quoting.ts';
import { receiveBody, type Reception } from './receive-body.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { RejectedBodies } from './rejected-bodies.ts';
import type { Accepted, Store } from './store.ts';

/** The kube-apiserver gives up a request after 30 s. */
const receiveMs = 30_000;
/** From receiving a body to its answer; stays well within the sender's timeout. */
const storeMs = 18_000;
/** Memory of a gzip decoder. */
const gunzipBytes = 64 * 1024;

export interface IntakeOptions {
  readonly store: Pick<Store, 'write' | 'unavailableReason'>;
  readonly rejectedBodies: RejectedBodies;
  readonly refusals: RefusalLog;
  readonly metrics: {
    received(bytes: number): void;
    accepted(body: Accepted): void;
    rejectedBody(): void;
  };
  readonly limits: { readonly bodyBytes: number; readonly queueBytes: number };
  readonly log: Logger;
}

/** A request with a body of events. */
export interface EventsRequest {
  readonly source: string;
  /** Called when the body will be received. */
  readonly begin: () => void;
  /** Called once, unless the sender disconnects first. */
  readonly reply: (answer: Answer) => void;
}

/** Receives bodies of audit events and stores them. */
export interface Intake {
  take(request: IncomingMessage, events: EventsRequest): void;
  /** Bodies being received and stored, and their bytes. */
  readonly queue: { bodies: number; bytes: number };
  /**
   * Refuses new bodies, and resolves when all others are answered.
   * @param timeoutMs bodies not stored by then are answered 503
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
  const unanswered = new Set<Pending>();
  let bodies = 0;
  let isDraining = false;
  let onAnswered = (): void => {};

  interface Pending {
    readonly request: EventsRequest;
    deadline: Deadline | null;
  }

  function settle(pending: Pending, answer: Answer | null): void {
    if (!unanswered.delete(pending)) return;
    pending.deadline?.cancel();
    if (answer !== null) pending.request.reply(answer);
    if (isDraining && unanswered.size === 0) onAnswered();
  }

  /** Checks the request before its body arrives. */
  function refuse(bytes: number, announced: number | null): Answer | null {
    if (isDraining) return unavailable('the auditlogger is shutting down');
    if (announced !== null && announced > limits.bodyBytes) return tooLarge(limits.bodyBytes);
    if (store.unavailableReason !== null) return unavailable(store.unavailableReason);
    return budget.hasRoomFor(bytes) ? null : busy();
  }

  function take(request: IncomingMessage, events: EventsRequest): void {
    const { isGzip, announced, refusal: headerRefusal } = readBodyHeaders(request.headers);
    const refusal = headerRefusal ?? refuse(isGzip ? gunzipBytes : (announced ?? 0), announced);
    const reservation = refusal === null ? budget.open(isGzip ? gunzipBytes : 0, announced !== null && !isGzip) : null;
    if (refusal !== null || reservation === null) {
      const answer = refusal ?? busy();
      note(answer, events.source);
      events.reply(answer);
      return;
    }
    bodies++;
    const done = (): void => {
      bodies--;
      reservation.release();
    };
    const pending: Pending = { request: events, deadline: null };
    unanswered.add(pending);
    events.begin();
    const receiveOptions = { isGzip, announced, limit: limits.bodyBytes, reservation, pool, deadlines: receiving };
    receiveBody(request, receiveOptions, (reception) => {
      if (reception.kind === 'received') storeBody(pending, reception, done);
      else {
        done();
        settle(pending, answerReception(reception, events.source));
      }
    });
  }

  function storeBody(pending: Pending, received: Extract<Reception, { kind: 'received' }>, done: () => void): void {
    const { body, sha256, giveBack } = received;
    const { source } = pending.request;
    metrics.received(body.length);
    // The write continues: when the sender retries, the ledger or the running write answers.
    pending.deadline = storing.begin(() =>
      settle(pending, unavailable(`the body was not stored within ${storeMs / 1000} s; the write continues`)),
    );
    store.write(body, { source, sha256 }).then(
      (accepted) => {
        // After spooling, the failed database write may still use the buffer.
        if (accepted.kind === 'stored') giveBack();
        done();
        metrics.accepted(accepted);
        if (isVerbose) log.debug({ source, bytes: body.length, ...describe(accepted) }, accepted.kind);
        settle(pending, stored(accepted));
      },
      (error: unknown) => {
        done();
        const reason = describeError(error);
        const kind = store.unavailableReason?.kind ?? findDatabaseProblem(error)?.kind ?? 'the database refused it';
        const answer = failed(error, reason, kind);
        note(answer, source, mayQuote(error) ? null : reason);
        // A body that is only too large is not malformed.
        const isMalformed =
          answer.status === 400 || (error instanceof SnoopDbError && error.code === 'too_many_rejected');
        if (isMalformed) rejectedBodies.note({ source, sha256, start: body, bytes: body.length, reason });
        // After a 503, the failed write may still use the buffer.
        if (answer.status !== 503) giveBack();
        settle(pending, answer);
      },
    );
  }

  /** @returns null when the sender has disconnected */
  function answerReception(reception: Exclude<Reception, { kind: 'received' }>, source: string): Answer | null {
    if (reception.kind === 'disconnected') return null;
    const answer = answerTo(reception.kind);
    if (reception.kind === 'bad gzip') rejectedBodies.note({ source, ...reception, reason: answer.text });
    note(answer, source);
    return answer;
  }

  function answerTo(kind: Exclude<Reception['kind'], 'received' | 'disconnected'>): Answer {
    if (kind === 'bad gzip') return badGzip();
    if (kind === 'too large') return tooLarge(limits.bodyBytes);
    return kind === 'too slow' ? tooSlow(receiveMs) : busy();
  }

  function note({ status, text, detail = text }: Answer, source: string, reason: string | null = detail): void {
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
        for (const pending of unanswered) settle(pending, unavailable('the auditlogger is shutting down'));
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

function describe(accepted: Accepted): object {
  if (accepted.kind === 'spooled') return {};
  const { stagedAt, kind, ...figures } = accepted;
  return figures;
}
