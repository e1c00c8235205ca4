import { setTimeout as wait } from 'node:timers/promises';
import { describeError, runLiveTableUpkeep, type LiveBounds, type LiveFill, openPool } from '@snoop/snoopdb';
import type { Logger } from 'pino';
import type { Store } from './store.ts';

const intervalMs = 10_000;
/** While the database is unavailable. */
const retryMs = 500;

/** Keeps the live table within its bounds while the program runs. */
export interface Upkeep {
  /** Sources and hits created by names in paths, as of the last run. */
  readonly named: LiveFill['named'];
  /** Stops, also in the middle of its work; the next start continues it. */
  stop(): Promise<void>;
}

/**
 * Runs upkeep now and every ten seconds. Failures are logged and retried; storing events does not depend on it.
 */
export function startUpkeep(options: {
  databaseUrl: string;
  bounds: LiveBounds;
  store: Pick<Store, 'checkAvailability'>;
  /** Whether spooled bodies may need ledger entries older than its usual age. */
  keepsLedger: () => boolean;
  log: Logger;
}): Upkeep {
  const { databaseUrl, bounds, store, keepsLedger, log } = options;
  // Separate connections: one works, one can cancel it.
  const pool = openPool(databaseUrl, { applicationName: 'auditlogger upkeep', max: 2 });
  const stopping = new AbortController();
  let failing: string | null = null;
  let named: LiveFill['named'] = { sources: 0, hits: 0 };

  async function runOnce(): Promise<void> {
    try {
      const kept = await runLiveTableUpkeep(pool, bounds, stopping.signal, keepsLedger);
      const { sealed, dropped, rows, bytes, busy } = kept;
      named = kept.named;
      if (sealed.length > 0 || dropped.now.length > 0) {
        log.info({ sealed, dropped: dropped.now, rows, bytes }, 'kept the live table within its bounds');
      }
      if (failing !== null && !busy) log.info('upkeep of the live table works again');
      failing = null;
    } catch (error) {
      if (stopping.signal.aborted) return;
      const reason = describeError(error);
      if (reason !== failing) log.warn({ reason }, 'upkeep of the live table failed; will retry');
      failing = reason;
    }
  }

  async function runUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      const isReady = (await store.checkAvailability()) === null;
      if (isReady) await runOnce();
      await wait(isReady ? intervalMs : retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const ended = runUntilStopped();
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
