import { describeError, type RejectedBody } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import { mayQuote } from './quoting.ts';
import { keptStartBytes } from './receive-body.ts';
import type { Store } from './store.ts';

/** Distinct bodies waiting to be saved; further ones are only counted. */
const maxWaiting = 200;
const flushMs = 1000;

/** Saves rejected bodies into testing.rejected_body, in the background and best effort. */
export interface RejectedBodies {
  /** @param refused a body that can never be stored; `start` may be all of it */
  note(refused: Omit<RejectedBody, 'seen'>): void;
  /** Saves what is waiting. */
  close(): Promise<void>;
}

export function keepRejectedBodies(
  store: Pick<Store, 'saveRejected' | 'unavailableReason'>,
  log: Logger,
): RejectedBodies {
  let waiting = new Map<string, RejectedBody>();
  let saving: Promise<void> | null = null;
  let isFailing = false;
  const timer = setInterval(() => void save(), flushMs).unref();

  function add(body: RejectedBody): void {
    const key = body.sha256.toString('base64');
    const known = waiting.get(key);
    if (known !== undefined) known.seen += body.seen;
    else if (waiting.size < maxWaiting) waiting.set(key, body);
  }

  function save(): Promise<void> {
    if (saving !== null) return saving;
    if (waiting.size === 0 || store.unavailableReason !== null) return Promise.resolve();
    const bodies = [...waiting.values()];
    waiting = new Map();
    saving = store
      .saveRejected(bodies)
      .then(
        () => noteSaved(null),
        (error: unknown) => {
          noteSaved(error);
          for (const body of bodies) add(body);
        },
      )
      .finally(() => {
        saving = null;
      });
    return saving;
  }

  /** Logs a failure once, although saving is retried every second. @param error null: saved */
  function noteSaved(error: unknown): void {
    if (error === null) {
      if (isFailing) log.info('rejected bodies are saved again');
    } else if (!isFailing) {
      const reason = mayQuote(error) ? 'the database refuses a value of a body' : describeError(error);
      log.warn({ reason }, 'rejected bodies cannot be saved; will retry');
    }
    isFailing = error !== null;
  }

  return {
    note({ source, sha256, start, bytes, reason }) {
      // A copy: a slice would keep the whole body in memory.
      add({ source, sha256, start: Buffer.from(start.subarray(0, keptStartBytes)), bytes, reason, seen: 1 });
    },
    async close() {
      clearInterval(timer);
      await saving;
      await save();
    },
  };
}
