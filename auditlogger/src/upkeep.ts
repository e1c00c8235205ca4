import { setTimeout as wait } from 'node:timers/promises';
import { describeError, keepLiveTable, type LiveBounds, type LiveFill, openPool } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Store } from './store.ts';

const intervalMs = 10_000;
/** As long as there is no database, or no schema in it. */
const retryMs = 500;

/** Holds the live table within its bounds while the program runs. */
export interface Upkeep {
  /** What senders have made by naming sources, when it was looked at last. */
  readonly named: LiveFill['named'];
  /** Ends it, in the middle of its work if need be; the next one goes on. */
  stop(): Promise<void>;
}

/**
 * Looks after the live table at once and every ten seconds from then on. What goes wrong is logged, and tried again the
 * next time; taking events does not depend on it.
 */
export function startUpkeep(options: {
  databaseUrl: string;
  bounds: LiveBounds;
  store: Pick<Store, 'askWhyNot'>;
  /** Whether bodies wait that may have been committed longer ago than the ledger is kept. */
  keepsLedger: () => boolean;
  log: Logger;
}): Upkeep {
  const { databaseUrl, bounds, store, keepsLedger, log } = options;
  // Connections of its own: those for writing stay free. One works, one can cancel it.
  const pool = openPool(databaseUrl, { applicationName: 'auditlogger upkeep', max: 2 });
  const stopping = new AbortController();
  let failing: string | null = null;
  let named: LiveFill['named'] = { sources: 0, hits: 0 };

  async function keepOnce(): Promise<void> {
    try {
      const kept = await keepLiveTable(pool, bounds, stopping.signal, keepsLedger);
      const { sealed, dropped, rows, bytes, busy } = kept;
      named = kept.named;
      if (sealed.length > 0 || dropped.now.length > 0) {
        log.info({ sealed, dropped: dropped.now, rows, bytes }, 'kept the live table within its bounds');
      }
      if (failing !== null && !busy) log.info('the live table is looked after again');
      failing = null;
    } catch (error) {
      if (stopping.signal.aborted) return;
      const reason = describeError(error);
      if (reason !== failing) log.warn({ reason }, 'the live table could not be looked after; tried again later');
      failing = reason;
    }
  }

  async function keepOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const isReady = (await store.askWhyNot()) === null;
      if (isReady) await keepOnce();
      await wait(isReady ? intervalMs : retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const ended = keepOn();
  return {
    get named() {
      return named;
    },
    async stop() {
      stopping.abort();
      await ended;
      await pool.end();
    },
  };
}
