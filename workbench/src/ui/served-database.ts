import { setTimeout as wait } from 'node:timers/promises';
import { describeError, loadNeededReleases, type Pool, readSchemaVersion, SnoopDbError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { isAway, queryInTime } from '../evidence/outage.ts';

/** A database that was opened for the page. */
export interface OpenedDatabase {
  readonly pool: Pool;
  /** Why no events will arrive in it, with what to do; null: they may. */
  readonly note: string | null;
  release(): Promise<void>;
}

export interface ServedDatabaseOptions {
  /** Opens the SnoopDB in use. @param isFirst false: it must not start a server that was stopped */
  readonly open: (isFirst: boolean) => Promise<OpenedDatabase>;
  /** Returns the address where SnoopDB is now; another one than before: it is opened again. null: unknown. */
  readonly locate: () => Promise<string | null>;
  readonly log: (text: string) => void;
}

/** The SnoopDB of the page, which is opened again when it moves, is replaced, or was away. */
export interface ServedDatabase {
  /** @throws SnoopError why there is none, with what to do */
  getPool(): Pool;
  getNote(): string | null;
  close(): Promise<void>;
}

const checkMs = 2000;
const answerMs = 5000;
/** A short outage needs no other connection. */
const checksBeforeReopening = 2;

/**
 * Opens SnoopDB and keeps it open. While it cannot be opened, the page says why.
 *
 * @throws an error of the first try that no waiting mends, such as a wrong address
 */
export async function serveDatabase({ open, locate, log }: ServedDatabaseOptions): Promise<ServedDatabase> {
  const ending = new AbortController();
  let opened: OpenedDatabase | null = null;
  let place: string | null = null;
  let problem: Error = new SnoopError('database_away', 'SnoopDB is being opened.');

  async function tryOpen(isFirst: boolean): Promise<void> {
    try {
      const where = await locate();
      const found = await open(isFirst);
      if (ending.signal.aborted) return await found.release();
      await loadReleases(found.pool).catch(async (error: unknown) => {
        await found.release();
        throw error;
      });
      const before = opened;
      [opened, place] = [found, where];
      problem = new SnoopError('database_away', 'SnoopDB is away.');
      await before?.release();
    } catch (error) {
      if (isFirst && !isWorthWaiting(error)) throw error;
      const text = describeError(error);
      // A server that was released because of its schema is then away.
      if (hasCode(problem, schemaCodes) && !hasCode(error, schemaCodes)) return;
      if (text !== problem.message) log(text);
      problem = error instanceof Error ? error : new Error(text);
    }
  }

  async function watch(): Promise<void> {
    let failures = 0;
    while (!ending.signal.aborted) {
      await wait(checkMs, undefined, { signal: ending.signal }).catch(() => {});
      if (ending.signal.aborted) return;
      const where = await locate().catch(() => null);
      const hasMoved = where !== null && where !== place;
      failures = opened !== null && (await hasSchema(opened.pool)) ? 0 : failures + 1;
      if (hasMoved || opened === null || failures >= checksBeforeReopening) await tryOpen(false);
    }
  }

  await tryOpen(true);
  const watching = watch();
  return {
    getPool() {
      if (opened === null) throw toPageError(problem);
      return opened.pool;
    },
    getNote: () => opened?.note ?? null,
    async close() {
      ending.abort();
      await watching;
      const last = opened;
      opened = null;
      await last?.release();
    },
  };
}

/** A role that may not load releases shows those that are loaded. */
async function loadReleases(pool: Pool): Promise<void> {
  await loadNeededReleases(pool, 'baseline').catch((error: unknown) => {
    if (!(error instanceof SnoopDbError) || error.code !== 'not_allowed') throw error;
  });
}

/** Whether the database answers and was not emptied. */
async function hasSchema(pool: Pool): Promise<boolean> {
  try {
    return (await queryInTime(answerMs, () => readSchemaVersion(pool))) > 0;
  } catch {
    return false;
  }
}

const schemaCodes = ['schema_differs', 'schema_newer', '42501'];
/** Codes of problems that end when somebody starts or replaces the database. 42501: an older schema may not be migrated. */
const waitableCodes = [...schemaCodes, 'database_away', 'no_schema', 'not_allowed'];

function isWorthWaiting(error: unknown): boolean {
  return isAway(error) || hasCode(error, waitableCodes);
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

function toPageError(error: Error): SnoopError {
  if (error instanceof SnoopError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'database_away';
  const isOldSchema = code === '42501';
  const message = isOldSchema
    ? `This role may not update the schema of SnoopDB (${error.message}).`
    : `SnoopDB cannot be used: ${error.message}`;
  return new SnoopError(isOldSchema ? 'schema_differs' : code, message, {
    cause: error,
    advice: isOldSchema ? ["The owner of the database updates it: 'snoop db migrate'."] : [],
  });
}
