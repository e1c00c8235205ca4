import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KnownEndpoint } from '../made-events.ts';

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

/** Sends from a process of its own, so that it does not share a thread with whoever measures. */
export interface Sender {
  /** Resolves when all bodies are answered 200; 429 and 503 are tried again as they say. */
  send(job: Job): Promise<Sent>;
  stop(): Promise<void>;
}

export function startSender(endpoints: readonly KnownEndpoint[]): Sender {
  const child = fork(fileURLToPath(new URL('./sending/main.ts', import.meta.url)));
  const ended = once(child, 'exit');
  const order = async (message: Order): Promise<Report> => {
    const reported: Promise<Report> = once(child, 'message').then(([report]) => report as Report);
    child.send(message);
    const lost = ended.then(() => Promise.reject(new Error('The sender ended before it had sent everything.')));
    const report = await Promise.race([reported, lost]);
    if (report.kind === 'failed') throw new Error(`The sender failed: ${report.reason}`);
    return report;
  };
  return {
    async send(job) {
      // Bodies are made before the clock runs.
      await order({ kind: 'prepare', endpoints, job });
      const report = await order({ kind: 'send', job });
      if (report.kind !== 'sent') throw new Error(`The sender answered '${report.kind}' when it was told to send.`);
      return report.sent;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
