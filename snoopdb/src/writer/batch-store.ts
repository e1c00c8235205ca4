import { selectSourceVersion, type SourceVersionRow, readSourceVersionRow } from '../clusters/source-endpoints.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import type { SourceLimits } from '../hits/source-limits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { describeError, isDatabaseAway, type Pool, withTransaction } from '../postgres/database.ts';
import { lockDocumentShared, lockHitsShared } from '../postgres/locks.ts';
import { startStallWatch } from '../postgres/stall-watch.ts';
import { createLedgerInsert, findInserted, type LedgerRow } from './body-ledger.ts';
import { createResult, type WriteResult } from './body-result.ts';
import { KnownSources } from './known-sources.ts';
import { recordNamedSource } from './named-sources.ts';
import { storeBodies } from './store-bodies.ts';

/** Stores bodies of one source together: all of them or, if it rejects, none. */
export interface BatchStore {
  /** @param isAcknowledged whether one of them was acknowledged: its source is accepted beyond the limit */
  store(source: string, bodies: readonly ReceivedBody[], isAcknowledged: boolean): Promise<WriteResult[]>;
  /** Whether bodies of the source are known to be accepted. */
  isKnownSource(source: string): boolean;
}

/** Lock timeout, shorter than a rebuild of all hits; the sender retries. */
const lockMs = 5000;
/** A transaction without progress for so long is aborted. */
const stallMs = 10_000;
/** Minimum speed, which gives large events more time. */
const bytesPerMs = 4096;
/** Writers may deadlock despite the order of locks, for example with a vacuum; PostgreSQL aborts one of them. */
const maxRetries = 3;

export interface BatchStoreOptions {
  /** The source of bodies that name none. */
  source: string;
  /** Rows of hits for each class of agents of a source: live tests, e2e tests, others. */
  hitLimit: number;
  /** Limits for sources that senders name. */
  limits: SourceLimits;
}

export function createBatchStore(pool: Pool, { source: ownSource, hitLimit, limits }: BatchStoreOptions): BatchStore {
  const known = new KnownSources();

  const isKnownSource = (source: string): boolean => source === ownSource || known.isNamed(source);

  async function storeWithRetries(
    source: string,
    bodies: readonly ReceivedBody[],
    isAcknowledged: boolean,
  ): Promise<WriteResult[]> {
    const isNew = !isKnownSource(source);
    const mostSources = isAcknowledged ? Number.MAX_SAFE_INTEGER : limits.maxSources;
    let isolateRejected = false;
    for (let repeats = 0; ; ) {
      try {
        return await runTransaction(source, bodies, { isolateRejected, mostSources: isNew ? mostSources : null });
      } catch (error) {
        // The transaction was rolled back, with its ledger rows: start again and isolate the refused events.
        if (isDataError(error) && !isolateRejected) isolateRejected = true;
        else if (repeats < maxRetries && isTransient(error, repeats)) repeats += 1;
        else throw error;
      }
    }
  }

  async function runTransaction(
    source: string,
    bodies: readonly ReceivedBody[],
    { isolateRejected, mostSources }: { isolateRejected: boolean; mostSources: number | null },
  ): Promise<WriteResult[]> {
    const startedAt = performance.now();
    const largest = bodies.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
    const watch = startStallWatch(stallMs + largest / bytesPerMs);
    const begin = {
      lockTimeout: `set local lock_timeout = ${lockMs}`,
      document: lockDocumentShared(source),
      hits: lockHitsShared(),
      mark: selectSourceVersion(source),
      ledger: createLedgerInsert(bodies, source),
    };
    try {
      const { counts, hits, candidates, epoch } = await withTransaction(
        pool,
        async (client, answers) => {
          watch.progress();
          const mark = readSourceVersionRow(answers.mark.rows[0] as SourceVersionRow | undefined);
          const { resolver, removalMarks } = await known.refresh(client, source, mark);
          if (mostSources !== null) await recordNamedSource(client, source, mostSources);
          watch.progress();
          const entered = findInserted(bodies, answers.ledger.rows as LedgerRow[]);
          const stored = await storeBodies(client, entered, {
            origin: { source, release: mark.release, revision: mark.revision },
            resolver,
            removalMarks,
            readAgent: known.agents.read,
            known: known.hits,
            hitLimit,
            maxNamedHits: limits.maxHits,
            isolateRejected,
            onProgress: watch.progress,
          });
          return { ...stored, epoch: mark.epoch };
        },
        { signal: watch.signal, begin },
      );
      known.hits.add(hits, epoch);
      if (mostSources !== null) known.addNamed(source, epoch);
      const commitMs = performance.now() - startedAt;
      // They are stored in any case; if this fails, settling their run does it.
      await candidates.resolve(pool, lockMs).catch(() => {});
      return bodies.map((body) => {
        const stored = counts.read(body);
        return stored ? { ...stored, commitMs } : createResult(body.eventCount, true);
      });
    } finally {
      watch.stop();
    }
  }

  return { store: storeWithRetries, isKnownSource };
}

/** Whether a retry may succeed: a deadlock, or the first lost connection. */
function isTransient(error: unknown, repeats: number): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === '40P01' || code === '40001') return true;
  // After a timeout a retry would time out too.
  return repeats === 0 && isDatabaseAway(error) && !/timeout/.test(describeError(error));
}
