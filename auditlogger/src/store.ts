import { setTimeout as wait } from 'node:timers/promises';
import type { Pool, RejectedBody, SourceLimits, DatabaseProblem, WriteResult } from '@snoop/snoopdb';
import {
  createEventWriter,
  defaultSourceLimits,
  describeError,
  findDatabaseProblem,
  openPool,
  saveRejectedBodies,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { Logger } from 'pino';
import { ping, probe } from './probe.ts';

/** From the start of one probe to the next: a returning database is noticed within two seconds. */
const probeIntervalMs = 500;
/** Between probes while the disk is full. */
const fullDiskIntervalMs = 2000;
/** A database that fails this soon after a good probe is not probed again at once. */
const unsteadyMs = 5000;
/** Connect timeout of probes. */
const connectMs = 1500;
/** Connect timeout of writes: longer, since under a burst both sides are busy. */
const connectToWriteMs = 4000;
/** Two for batches, one for large bodies, one for rejected bodies. */
const writeConnections = 4;

const notReached = 'the database has not been reached yet';

/** The outcome of an accepted body. */
export type Accepted = ({ readonly kind: 'stored' } & WriteResult) | { readonly kind: 'spooled' };

/** The outcome without a spool. */
export type Stored = Extract<Accepted, { kind: 'stored' }>;

/** Stores bodies. */
export interface Store<D extends Accepted = Accepted> {
  /** @throws the errors of the event writer; SnoopDbError `database_away` while {@link unavailableReason} is set */
  write(body: Buffer, options: { source: string; sha256: Buffer; isAcknowledged?: boolean }): Promise<D>;
  /** Why no body can be stored, from the last probe or write; null: no reason is known. */
  readonly unavailableReason: DatabaseProblem | null;
  /** Queries the database now, and returns the same. */
  checkAvailability(): Promise<DatabaseProblem | null>;
  /** Whether the source is known to be accepted, without a query. */
  isKnownSource(source: string): boolean;
  /** Saves rejected bodies into testing.rejected_body. */
  saveRejected(bodies: RejectedBody[]): Promise<void>;
  /** Resolves when closed. Rejects when this program can never use the database: its schema differs. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Opens the store and starts probing the database, which need not be running yet. */
export function openStore(options: {
  databaseUrl: string;
  source: string;
  /** Limits of the sources named in paths. */
  limits?: SourceLimits;
  log: Logger;
}): Store<Stored> {
  const { databaseUrl, source, limits = defaultSourceLimits, log } = options;
  const pool = openPool(databaseUrl, {
    applicationName: 'auditlogger',
    max: writeConnections,
    connectTimeoutMs: connectToWriteMs,
  });
  // Separate connections: a probe must not wait for writes.
  let probePool = openProbePool(databaseUrl);
  const writer = createEventWriter(pool, { source, limits });
  const closing = new AbortController();
  let reason: DatabaseProblem | null = { kind: notReached, detail: notReached };
  let probeAgain: (error: unknown) => void = () => {};
  let checking: Promise<DatabaseProblem | null> | null = null;

  /** Probes the database until it is ready, and again whenever it fails. */
  async function keepProbing(): Promise<void> {
    while (!closing.signal.aborted) {
      const failed = new Promise<unknown>((resolve) => {
        probeAgain = resolve;
      });
      const begun = performance.now();
      try {
        const { from, to } = await probe(probePool);
        log.info({ from, to }, 'the database is ready');
        reason = null;
        const foundReady = performance.now();
        const error = await failed;
        if (isDiskFull(error)) await pause(fullDiskIntervalMs);
        else if (performance.now() - foundReady < unsteadyMs) await pause(probeIntervalMs);
      } catch (error) {
        if (error instanceof SnoopDbError && ['schema_differs', 'schema_newer'].includes(error.code)) throw error;
        if (error instanceof SnoopDbError && error.code === 'stalled') probePool = replacePool(probePool, databaseUrl);
        markUnavailable(findDatabaseProblem(error) ?? describeRefusal(error));
        await pause(begun + (isDiskFull(error) ? fullDiskIntervalMs : probeIntervalMs) - performance.now());
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await wait(Math.max(0, ms), undefined, { ref: false, signal: closing.signal }).catch(() => {});
  }

  function noteFailure(error: unknown): void {
    const problem = findDatabaseProblem(error);
    if (problem === null || reason !== null || closing.signal.aborted) return;
    markUnavailable(problem);
    probeAgain(error);
  }

  function markUnavailable(problem: DatabaseProblem): void {
    if (problem.detail !== reason?.detail) log.warn({ reason: problem.detail }, 'the database cannot store events');
    reason = problem;
  }

  async function checkNow(): Promise<DatabaseProblem | null> {
    try {
      await ping(probePool);
      return reason;
    } catch (error) {
      // A slow ping does not stop writes; a lost connection does.
      if (!(error instanceof SnoopDbError)) noteFailure(error);
      return findDatabaseProblem(error) ?? describeRefusal(error);
    }
  }

  // The server closed an idle connection: check whether the database is still there.
  pool.on('error', () => void checkNow());

  return {
    ended: keepProbing(),
    get unavailableReason() {
      return reason;
    },
    async write(body, to) {
      if (reason !== null) throw new SnoopDbError('database_away', reason.detail);
      try {
        return { kind: 'stored', ...(await writer.write(body, to)) };
      } catch (error) {
        noteFailure(error);
        throw error;
      }
    },
    checkAvailability() {
      if (reason !== null) return Promise.resolve(reason);
      checking ??= checkNow().finally(() => {
        checking = null;
      });
      return checking;
    },
    isKnownSource: writer.isKnownSource,
    saveRejected: (bodies) => saveRejectedBodies(pool, bodies),
    async close() {
      closing.abort();
      probeAgain(null);
      await writer.close();
      await Promise.all([pool.end(), probePool.end()]);
    },
  };
}

/** The database answers with an error: wrong role, or no such database. */
function describeRefusal(error: unknown): DatabaseProblem {
  return { kind: 'the database refuses the auditlogger', detail: describeError(error) };
}

function openProbePool(databaseUrl: string): Pool {
  return openPool(databaseUrl, { applicationName: 'auditlogger readyz', max: 2, connectTimeoutMs: connectMs });
}

/** Replaces the pool: connections with a query that is never answered would never be returned to it. */
function replacePool(pool: Pool, databaseUrl: string): Pool {
  pool.end().catch(() => {});
  return openProbePool(databaseUrl);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '53100';
}
