import { describeError, type RejectedBody } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import { mayQuote } from './quoting.ts';
import { keptBytes } from './receive-body.ts';
import type { Store } from './store.ts';

/** Different bodies that wait to be kept; what is refused beyond them is counted only. */
const mostWaiting = 200;
const flushMs = 1000;

/** Keeps refused bodies for a look, in testing.rejected_body: beside the answers, as far as it can be done. */
export interface RejectedBodies {
  /** @param refused a body that was refused for good; its start may be all of it */
  note(refused: Omit<RejectedBody, 'seen'>): void;
  /** Saves what waits, once more. */
  close(): Promise<void>;
}

export function keepRejectedBodies(store: Pick<Store, 'saveRejected' | 'whyNot'>, log: Logger): RejectedBodies {
  let waiting = new Map<string, RejectedBody>();
  let saving: Promise<void> | null = null;
  let isFailing = false;
  const timer = setInterval(() => void save(), flushMs).unref();

  function add(body: RejectedBody): void {
    const key = body.sha256.toString('base64');
    const known = waiting.get(key);
    if (known !== undefined) known.seen += body.seen;
    else if (waiting.size < mostWaiting) waiting.set(key, body);
  }

  function save(): Promise<void> {
    if (saving !== null) return saving;
    if (waiting.size === 0 || store.whyNot !== null) return Promise.resolve();
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

  /** Told once, however long it lasts: it is tried every second. @param error null: they are kept */
  function noteSaved(error: unknown): void {
    if (error === null) {
      if (isFailing) log.info('refused bodies are kept again');
    } else if (!isFailing) {
      const reason = mayQuote(error) ? 'the database does not take what is said about one' : describeError(error);
      log.warn({ reason }, 'refused bodies cannot be kept; tried again');
    }
    isFailing = error !== null;
  }

  return {
    note({ source, sha256, start, bytes, reason }) {
      // A copy: the slice would hold the whole body.
      add({ source, sha256, start: Buffer.from(start.subarray(0, keptBytes)), bytes, reason, seen: 1 });
    },
    async close() {
      clearInterval(timer);
      await saving;
      await save();
    },
  };
}
