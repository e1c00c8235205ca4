import { setTimeout as wait } from 'node:timers/promises';
import type { Pool, RejectedBody, SourceLimits, Trouble, WriteResult } from '@snoop/snoopdb';
import {
  createEventWriter,
  defaultSourceLimits,
  describeError,
  findTrouble,
  openPool,
  saveRejectedBodies,
  SnoopDbError,
} from '@snoop/snoopdb';
import type { Logger } from 'pino';
import { ask, probe } from './probe.ts';

/** From the beginning of one look to the next: the database is found again within two seconds of its return. */
const lookMs = 500;
/** A full disk has room again when somebody makes some. */
const lookAtFullDiskMs = 2000;
/** Who falls again so soon after it was found ready is not asked again at once. */
const unsteadyMs = 5000;
/** A connection that is not made in this time will not be: what waits for it is answered. */
const connectMs = 1500;
/** One for writing has longer: under a burst both sides are busy, and that it comes late says nothing. */
const connectToWriteMs = 4000;
/** Two that write, one for large bodies, and one for what is refused. */
const writeConnections = 4;

const notReached = 'the database was not reached yet';

/** What became of a body that was taken. */
export type Deposit = ({ readonly kind: 'stored' } & WriteResult) | { readonly kind: 'spooled' };

/** What becomes of it where there is no spool. */
export type Stored = Extract<Deposit, { kind: 'stored' }>;

/** Where bodies go. */
export interface Store<D extends Deposit = Deposit> {
  /** @throws what the event writer throws; SnoopDbError `database_away` while {@link whyNot} says why */
  write(body: Buffer, options: { source: string; sha256: Buffer; isPromised?: boolean }): Promise<D>;
  /** Why no body can be stored, as far as is known; null: nothing speaks against it. Nobody is asked. */
  readonly whyNot: Trouble | null;
  /** The same, asked for now. */
  askWhyNot(): Promise<Trouble | null>;
  /** Whether bodies of the source are taken, as far as is known: without asking the database. */
  knowsSource(source: string): boolean;
  /** Keeps refused bodies for a look. */
  saveRejected(bodies: RejectedBody[]): Promise<void>;
  /** Rejects when the database can never be used by this program: its schema is another one. Resolves when closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Opens the store and begins to look for the database; it need not be there yet. */
export function openStore(options: {
  databaseUrl: string;
  source: string;
  /** Of the sources that senders name beside that one. */
  limits?: SourceLimits;
  log: Logger;
}): Store<Stored> {
  const { databaseUrl, source, limits = defaultSourceLimits, log } = options;
  const pool = openPool(databaseUrl, {
    applicationName: 'auditlogger',
    max: writeConnections,
    connectTimeoutMs: connectToWriteMs,
  });
  // Connections of its own: that all others are writing does not mean that nothing can be stored.
  let askPool = openAskPool(databaseUrl);
  const writer = createEventWriter(pool, { source, limits });
  const closing = new AbortController();
  let whyNot: Trouble | null = { kind: notReached, detail: notReached };
  let lookAgain: (error: unknown) => void = () => {};
  let asking: Promise<Trouble | null> | null = null;

  /** Looks for the database as long as it is away, and whenever it goes. */
  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      const fell = new Promise<unknown>((resolve) => {
        lookAgain = resolve;
      });
      const begun = performance.now();
      try {
        const { from, to } = await probe(askPool);
        log.info({ from, to }, 'the database is ready');
        whyNot = null;
        const foundReady = performance.now();
        const error = await fell;
        if (isDiskFull(error)) await pause(lookAtFullDiskMs);
        else if (performance.now() - foundReady < unsteadyMs) await pause(lookMs);
      } catch (error) {
        if (error instanceof SnoopDbError && ['schema_differs', 'schema_newer'].includes(error.code)) throw error;
        if (error instanceof SnoopDbError && error.code === 'stalled') askPool = replacePool(askPool, databaseUrl);
        noteAway(findTrouble(error) ?? describeRefusal(error));
        await pause(begun + (isDiskFull(error) ? lookAtFullDiskMs : lookMs) - performance.now());
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await wait(Math.max(0, ms), undefined, { ref: false, signal: closing.signal }).catch(() => {});
  }

  function noteUnable(error: unknown): void {
    const trouble = findTrouble(error);
    if (trouble === null || whyNot !== null || closing.signal.aborted) return;
    noteAway(trouble);
    lookAgain(error);
  }

  function noteAway(trouble: Trouble): void {
    if (trouble.detail !== whyNot?.detail) log.warn({ reason: trouble.detail }, 'the database takes no events');
    whyNot = trouble;
  }

  async function askNow(): Promise<Trouble | null> {
    try {
      await ask(askPool);
      return whyNot;
    } catch (error) {
      // That it is slow to answer this does not stop those who write; that it is gone does.
      if (!(error instanceof SnoopDbError)) noteUnable(error);
      return findTrouble(error) ?? describeRefusal(error);
    }
  }

  // A connection that nobody was using was closed by the server: either it alone, or all of them.
  pool.on('error', () => void askNow());

  return {
    ended: keepLooking(),
    get whyNot() {
      return whyNot;
    },
    async write(body, to) {
      if (whyNot !== null) throw new SnoopDbError('database_away', whyNot.detail);
      try {
        return { kind: 'stored', ...(await writer.write(body, to)) };
      } catch (error) {
        noteUnable(error);
        throw error;
      }
    },
    askWhyNot() {
      if (whyNot !== null) return Promise.resolve(whyNot);
      asking ??= askNow().finally(() => {
        asking = null;
      });
      return asking;
    },
    knowsSource: writer.knowsSource,
    saveRejected: (bodies) => saveRejectedBodies(pool, bodies),
    async close() {
      closing.abort();
      lookAgain(null);
      await writer.close();
      await Promise.all([pool.end(), askPool.end()]);
    },
  };
}

/** It answers, and says no: to the role, or because there is no such database. */
function describeRefusal(error: unknown): Trouble {
  return { kind: 'the database does not serve the auditlogger', detail: describeError(error) };
}

function openAskPool(databaseUrl: string): Pool {
  return openPool(databaseUrl, { applicationName: 'auditlogger readyz', max: 2, connectTimeoutMs: connectMs });
}

/** A connection that was left with a question nobody answers would be missing for good. */
function replacePool(pool: Pool, databaseUrl: string): Pool {
  pool.end().catch(() => {});
  return openAskPool(databaseUrl);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '53100';
}
