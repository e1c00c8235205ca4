import { selectSourceVersion, type SourceVersionRow, readSourceVersionRow } from '../clusters/source-endpoints.ts';
import type { ReceivedBody } from '../events/received-body.ts';
import type { SourceLimits } from '../hits/source-limits.ts';
import { isDataError } from '../postgres/copy-stream.ts';
import { describeError, isDatabaseAway, type Pool, withTransaction } from '../postgres/database.ts';
import { lockDocumentShared, lockHitsShared } from '../postgres/locks.ts';
import { startStallWatch } from '../postgres/stall-watch.ts';
import { enterLedger, findEntered, type LedgerRow } from './body-ledger.ts';
import { createResult, type WriteResult } from './body-result.ts';
import { KnownSources } from './known-sources.ts';
import { noteNamedSource } from './named-sources.ts';
import { storeBodies } from './store-bodies.ts';

/** Stores bodies of one source that belong together; all of them or, when it rejects, none. */
export interface BatchStore {
  /** @param isPromised whether one of them was acknowledged: its source is taken however many there are */
  store(source: string, bodies: readonly ReceivedBody[], isPromised: boolean): Promise<WriteResult[]>;
  /** Whether it is known that bodies of the source are taken. */
  knowsSource(source: string): boolean;
}

/** Whoever holds a lock for longer, such as a rebuild of all hits, is not waited for: the sender comes again. */
const lockMs = 5000;
/** A transaction of which nothing is heard for so long is given up. */
const stallMs = 10_000;
/** For a large event more: so many bytes at least are worked off in a millisecond. */
const bytesPerMs = 4096;
/** Two writers may wait for each other in ways that no order forbids, such as a vacuum's; one is chosen to try again. */
const mostRepeats = 3;

export interface BatchStoreOptions {
  /** The source that no sender named. */
  source: string;
  /** Rows of hits that live tests, e2e tests and all other agents of a source may each make. */
  hitLimit: number;
  /** What senders may make by naming others. */
  limits: SourceLimits;
}

export function createBatchStore(pool: Pool, { source: ownSource, hitLimit, limits }: BatchStoreOptions): BatchStore {
  const known = new KnownSources();

  const knowsSource = (source: string): boolean => source === ownSource || known.isNamed(source);

  async function storeWithRetries(
    source: string,
    bodies: readonly ReceivedBody[],
    isPromised: boolean,
  ): Promise<WriteResult[]> {
    const isNew = !knowsSource(source);
    const mostSources = isPromised ? Number.MAX_SAFE_INTEGER : limits.maxSources;
    let takeApart = false;
    for (let repeats = 0; ; ) {
      try {
        return await runTransaction(source, bodies, { takeApart, mostSources: isNew ? mostSources : null });
      } catch (error) {
        // The transaction is gone, the ledger's rows with it: begin again and find the events that are refused.
        if (isDataError(error) && !takeApart) takeApart = true;
        else if (repeats < mostRepeats && isPassing(error, repeats)) repeats += 1;
        else throw error;
      }
    }
  }

  async function runTransaction(
    source: string,
    bodies: readonly ReceivedBody[],
    { takeApart, mostSources }: { takeApart: boolean; mostSources: number | null },
  ): Promise<WriteResult[]> {
    const startedAt = performance.now();
    const largest = bodies.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
    const watch = startStallWatch(stallMs + largest / bytesPerMs);
    const begin = {
      lockTimeout: `set local lock_timeout = ${lockMs}`,
      document: lockDocumentShared(source),
      hits: lockHitsShared(),
      mark: selectSourceVersion(source),
      ledger: enterLedger(bodies, source),
    };
    try {
      const { tallies, hits, suspects, epoch } = await withTransaction(
        pool,
        async (client, answers) => {
          watch.progress();
          const mark = readSourceVersionRow(answers.mark.rows[0] as SourceVersionRow | undefined);
          const { resolver, forgotten } = await known.refresh(client, source, mark);
          if (mostSources !== null) await noteNamedSource(client, source, mostSources);
          watch.progress();
          const entered = findEntered(bodies, answers.ledger.rows as LedgerRow[]);
          const stored = await storeBodies(client, entered, {
            origin: { source, release: mark.release, revision: mark.revision },
            resolver,
            forgotten,
            readAgent: known.agents.read,
            known: known.hits,
            hitLimit,
            maxNamedHits: limits.maxHits,
            takeApart,
            onProgress: watch.progress,
          });
          return { ...stored, epoch: mark.epoch };
        },
        { signal: watch.signal, begin },
      );
      known.hits.add(hits, epoch);
      if (mostSources !== null) known.addNamed(source, epoch);
      const commitMs = performance.now() - startedAt;
      // Stored they are in any case: where this fails, the settling of their run does it.
      await suspects.resolve(pool, lockMs).catch(() => {});
      return bodies.map((body) => {
        const stored = tallies.read(body);
        return stored ? { ...stored, commitMs } : createResult(body.eventCount, true);
      });
    } finally {
      watch.stop();
    }
  }

  return { store: storeWithRetries, knowsSource };
}

/** Whether the same may well work at once: another was chosen to go first, or the connection broke, for the first time. */
function isPassing(error: unknown, repeats: number): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === '40P01' || code === '40001') return true;
  // Who did not answer within the time for that will not answer now.
  return repeats === 0 && isDatabaseAway(error) && !/timeout/.test(describeError(error));
}
