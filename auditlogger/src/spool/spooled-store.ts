import { checkBody, defaultSourceLimits, SnoopDbError, tooManySources, type Trouble, waitAtMost } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import type { Metrics } from '../metrics.ts';
import type { Store, Stored } from '../store.ts';
import { describeQuietly, isRefusedForGood } from './offer.ts';
import { startReplay } from './replay.ts';
import type { Spool } from './spool.ts';

/** A store that keeps on disk what the database cannot take now. */
export interface SpooledStore extends Store {
  /** What waits on disk, and why. */
  readonly backlog: Backlog;
}

/** What is under way at the end comes again with the next start: the ledger knows what of it was committed. */
const stopMs = 500;

/**
 * Puts a spool before a store: bodies that it cannot take now go to disk, and come back to it as soon as it can. Both
 * belong to the result from now on; closing it closes them.
 */
export async function withSpool(
  store: Store<Stored>,
  spool: Spool,
  options: {
    log: Logger;
    metrics: Pick<Metrics, 'replayed' | 'spoolBroken'>;
    /** Sources that are taken without asking the database whether there is room for them; 64 unless told. */
    maxSources?: number;
    /** @see ReplayOptions */
    refusedPauseMs?: number;
  },
): Promise<SpooledStore> {
  const { maxSources = defaultSourceLimits.maxSources } = options;
  const replay = await startReplay({ ...options, spool, store });
  /** Of which the database could not be asked. */
  const strangers = new Set<string>();

  /**
   * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected` or `too_many_sources`; `database_away` when the
   *   spool cannot take it either
   */
  async function keep(body: Buffer, to: { source: string; sha256: Buffer }, whyNot: unknown): Promise<void> {
    await checkBody(body);
    if (!store.knowsSource(to.source) && !strangers.has(to.source)) {
      if (strangers.size >= maxSources) throw tooManySources(to.source, maxSources);
      strangers.add(to.source);
    }
    try {
      await spool.append(body, to);
    } catch (error) {
      throw new SnoopDbError('database_away', `${describeQuietly(whyNot)}; ${describeQuietly(error)}`, {
        cause: error,
      });
    }
  }

  const join = (whyNot: Trouble | null): Trouble | null => {
    if (whyNot === null) return null;
    const { whyFull } = spool;
    if (whyFull === null) return null;
    return { kind: `${whyNot.kind}; the spool keeps no more`, detail: `${whyNot.detail}; ${whyFull}` };
  };

  return {
    async write(body, to) {
      const { whyNot } = store;
      if (whyNot !== null) {
        await keep(body, to, whyNot.detail);
        return { kind: 'spooled' };
      }
      try {
        return await store.write(body, to);
      } catch (error) {
        if (isFinal(error)) throw error;
        await keep(body, to, error);
        return { kind: 'spooled' };
      }
    },
    get whyNot() {
      return join(store.whyNot);
    },
    askWhyNot: async () => join(await store.askWhyNot()),
    knowsSource: (source) => store.knowsSource(source),
    saveRejected: (bodies) => store.saveRejected(bodies),
    get backlog() {
      return { ...spool.fill, ...replay.state, whyNot: store.whyNot };
    },
    ended: store.ended,
    async close() {
      const stopped = replay.stop();
      await waitAtMost(stopMs, stopped);
      await store.close();
      await waitAtMost(stopMs, stopped);
      await spool.close();
    },
  };
}

/** Answered 400, 403 or 413, or not at all. */
function isFinal(error: unknown): boolean {
  if (isRefusedForGood(error)) return true;
  return error instanceof SnoopDbError && (error.code === 'too_many_sources' || error.code === 'writer_closed');
}
