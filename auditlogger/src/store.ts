import { setTimeout as wait } from 'node:timers/promises';
import type { WriteResult } from '@snoop/snoopdb';
import { createEventWriter, isDatabaseAway, migrate, openPool, SnoopDbError, toError } from '@snoop/snoopdb';
import type { Logger } from 'pino';

const retryMs = 500;
const askTimeoutMs = 2000;
/** PostgreSQL serves a few streams of COPY best, and other programs need connections too. */
const writeConnections = 4;

/** SnoopDB as the auditlogger sees it: away until it is there with its schema, and away again whenever it goes. */
export interface Store {
  /** @throws what the event writer throws; SnoopDbError `database_away` as long as there is no schema to write into */
  write(body: Buffer): Promise<WriteResult>;
  /** Asks the database now; null when events can be stored, else the reason why not. */
  askWhyNot(): Promise<string | null>;
  /** Rejects when the database can never be used by this program: its schema is newer. Resolves when closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Opens the store and begins to look for the database; it need not be there yet. */
export function openStore(options: { databaseUrl: string; source: string; log: Logger }): Store {
  const { databaseUrl, source, log } = options;
  const pool = openPool(databaseUrl, { applicationName: 'auditlogger', max: writeConnections });
  // A connection of its own: that all others are writing does not mean that nothing can be stored.
  const askPool = openPool(databaseUrl, {
    applicationName: 'auditlogger readyz',
    max: 1,
    connectTimeoutMs: askTimeoutMs,
  });
  const writer = createEventWriter(pool, { source });
  const closing = new AbortController();
  let whyNot: string | null = 'the database was not reached yet';
  let lookAgain = (): void => {};

  /** Brings the schema up to date whenever the database comes, or comes back. */
  async function keepReady(): Promise<void> {
    while (!closing.signal.aborted) {
      const asked = new Promise<void>((resolve) => {
        lookAgain = resolve;
      });
      try {
        const { from, to } = await migrate(askPool);
        if (whyNot !== null) log.info({ from, to }, 'the database is ready');
        whyNot = null;
        await Promise.race([asked, aborted(closing.signal)]);
      } catch (error) {
        if (error instanceof SnoopDbError && error.code === 'schema_newer') throw error;
        const reason = describe(error);
        if (reason !== whyNot) log.warn({ reason }, 'the database is away');
        whyNot = reason;
        await Promise.race([wait(retryMs), aborted(closing.signal)]);
      }
    }
  }

  return {
    ended: keepReady(),
    async write(body) {
      if (whyNot !== null) throw new SnoopDbError('database_away', whyNot);
      try {
        return await writer.write(body);
      } catch (error) {
        if (isDatabaseAway(error) || isSchemaGone(error)) lookAgain();
        throw error;
      }
    },
    async askWhyNot() {
      if (whyNot !== null) return whyNot;
      try {
        const tooSlow = wait(askTimeoutMs, undefined, { ref: false }).then(
          () => `the database did not answer within ${askTimeoutMs} ms`,
        );
        return await Promise.race([askPool.query('select 1').then(() => null), tooSlow]);
      } catch (error) {
        lookAgain();
        return describe(error);
      }
    },
    async close() {
      closing.abort();
      await writer.close();
      await Promise.all([pool.end(), askPool.end()]);
    },
  };
}

/** The database was emptied or replaced under us: undefined table (42P01) or schema (3F000). */
function isSchemaGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '42P01' || error.code === '3F000');
}

/** What went wrong, in words. Where a name has several addresses, Node's own error has none: they are in its parts. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describe))].join(', ');
  return toError(error).message;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
