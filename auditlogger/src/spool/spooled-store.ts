import {
  checkBody,
  defaultSourceLimits,
  SnoopDbError,
  createTooManySourcesError,
  type DatabaseProblem,
  waitAtMost,
} from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Backlog } from '../backlog.ts';
import type { Metrics } from '../metrics.ts';
import type { Store, Stored } from '../store.ts';
import { describeWithoutQuotes, isRefusedForGood } from './offer.ts';
import { startReplay } from './replay.ts';
import type { Spool } from './spool.ts';

/** A store that spools bodies to disk while the database is unavailable. */
export interface SpooledStore extends Store {
  /** The bodies on disk, and why they wait. */
  readonly backlog: Backlog;
}

/** Bodies in flight at the end are replayed at the next start; the ledger knows which were committed. */
const stopMs = 500;

/**
 * Puts a spool in front of a store: bodies go to disk while the store is unavailable, and are replayed later. Closing the
 * result closes both.
 */
export async function withSpool(
  store: Store<Stored>,
  spool: Spool,
  options: {
    log: Logger;
    metrics: Pick<Metrics, 'replayed' | 'spoolBroken'>;
    /** Limit of new sources accepted while the database is unavailable; default 64. */
    maxSources?: number;
    /** @see ReplayOptions */
    refusedPauseMs?: number;
  },
): Promise<SpooledStore> {
  const { maxSources = defaultSourceLimits.maxSources } = options;
  const replay = await startReplay({ ...options, spool, store });
  /** New sources that the database has not accepted yet. */
  const unverifiedSources = new Set<string>();

  /**
   * @throws SnoopDbError `bad_body`, `too_many_events`, `too_many_rejected` or `too_many_sources`; `database_away` when the
   *   spool cannot take it either
   */
  async function spoolBody(body: Buffer, to: { source: string; sha256: Buffer }, problem: unknown): Promise<void> {
    await checkBody(body);
    if (!store.isKnownSource(to.source) && !unverifiedSources.has(to.source)) {
      if (unverifiedSources.size >= maxSources) throw createTooManySourcesError(to.source, maxSources);
      unverifiedSources.add(to.source);
    }
    try {
      await spool.append(body, to);
    } catch (error) {
      throw new SnoopDbError('database_away', `${describeWithoutQuotes(problem)}; ${describeWithoutQuotes(error)}`, {
        cause: error,
      });
    }
  }

  const join = (problem: DatabaseProblem | null): DatabaseProblem | null => {
    if (problem === null) return null;
    const { fullReason: whyFull } = spool;
    if (whyFull === null) return null;
    return { kind: `${problem.kind}; the spool is full`, detail: `${problem.detail}; ${whyFull}` };
  };

  return {
    async write(body, to) {
      const { unavailableReason: problem } = store;
      if (problem !== null) {
        await spoolBody(body, to, problem.detail);
        return { kind: 'spooled' };
      }
      try {
        return await store.write(body, to);
      } catch (error) {
        if (isFinal(error)) throw error;
        await spoolBody(body, to, error);
        return { kind: 'spooled' };
      }
    },
    get unavailableReason() {
      return join(store.unavailableReason);
    },
    checkAvailability: async () => join(await store.checkAvailability()),
    isKnownSource: (source) => store.isKnownSource(source),
    saveRejected: (bodies) => store.saveRejected(bodies),
    get backlog() {
      return { ...spool.fill, ...replay.state, reason: store.unavailableReason };
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

/** Whether the error must not lead to spooling. */
function isFinal(error: unknown): boolean {
  if (isRefusedForGood(error)) return true;
  return error instanceof SnoopDbError && (error.code === 'too_many_sources' || error.code === 'writer_closed');
}
