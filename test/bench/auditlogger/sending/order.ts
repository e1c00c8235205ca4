import type { KnownEndpoint } from '../../measurement/made-events.ts';

/** What is to be sent. */
export interface Job {
  /** `http://127.0.0.1:<port>` */
  url: string;
  bodies: number;
  eventsPerBody: number;
  /** Closed loop: each of so many connections sends the next body when the one before is answered. */
  connections?: number;
  /** Open loop: so many bodies a second are sent, whatever happened to those before. */
  perSecond?: number;
}

/** What was sent and stored. */
export interface Sent {
  bodies: number;
  events: number;
  /** The events' audit ids begin with this number and those that follow, in hexadecimal digits. */
  firstNumber: number;
  /** From the first send to the last 200. */
  seconds: number;
  /** Of each body: from when it was to be sent to its 200. */
  latenciesMs: number[];
  /** How often each status was answered; 0: the connection broke before there was an answer. */
  answers: Record<number, number>;
  /** Processor that the sender itself used. */
  processorMs: number;
}

export type Order = { kind: 'prepare'; endpoints: readonly KnownEndpoint[]; job: Job } | { kind: 'send'; job: Job };
export type Report = { kind: 'prepared' } | { kind: 'sent'; sent: Sent } | { kind: 'failed'; reason: string };
