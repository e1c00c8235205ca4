import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KnownEndpoint } from '../measurement/made-events.ts';
import type { Job, Order, Report, Sent } from './sending/order.ts';

/** Sends from another process, so that it does not share a thread with the measurement. */
export interface Sender {
  /** Resolves when all bodies are answered 200; 429 and 503 are retried after their Retry-After. */
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
