import { basename } from 'node:path';
import { askRecorded, askRunSources, saveRun, settleRun } from '@snoop/snoopdb';
import type { Pool, RunRecord } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import type { ClusterInRun, FetchedDocument } from '../audited-cluster/cluster-document.ts';
import { SnoopError } from '../errors.ts';
import { isAway, OutageClock, persist } from '../evidence/outage.ts';
import type { EvidenceLimits } from '../evidence/outage.ts';
import { type AuditloggerAddress, probeAuditlogger } from '../evidence/auditlogger-state.ts';
import { waitForEvidence } from '../evidence/wait-for-evidence.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import { writeRunHead } from '../journal/journal.ts';
import { readJournal, readRunHead } from '../journal/read-journal.ts';
import type { Progress } from '../progress.ts';
import { awaitResolution, unresolvedStay } from './await-resolution.ts';

export interface StoreOptions {
  readonly pool: Pool;
  /** The folder of the run's journal; the run has ended. */
  readonly folder: string;
  readonly cluster: ClusterInRun;
  /** Documents of the cluster that were seen during the run and are not stored yet. */
  readonly documents: readonly FetchedDocument[];
  /** null: nobody knows where it is, so it cannot be asked how it is. */
  readonly auditlogger: AuditloggerAddress | null;
  readonly limits: EvidenceLimits;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Brings a run that has ended from its journal into SnoopDB, waits for its evidence, resolves what can be resolved, and
 * keeps it.
 *
 * @throws SnoopError `database_away`
 */
export async function storeRun(options: StoreOptions): Promise<{ evidence: Evidence; record: RunRecord }> {
  const { pool, folder, limits, progress, signal, auditlogger } = options;
  const clock = new OutageClock(limits.awayMs);
  const onDatabase = <T>(work: () => Promise<T>): Promise<T> =>
    progress.step('storing the run', (update) =>
      persist(work, {
        clock,
        limits,
        signal,
        onAway: (ms) => update(`SnoopDB is away for ${Math.round(ms / 1000)} s`),
      }),
    );
  try {
    const record = await readJournal(folder);
    await onDatabase(() => saveRun(pool, record));
    const evidence = await waitForEvidence({
      requests: record.requests,
      probe: record.sources.length > 0 ? null : (record.sourceProbe?.auditId ?? null),
      ask: (auditIds) => askRecorded(pool, record.id, auditIds),
      probeAuditlogger: auditlogger === null ? null : () => probeAuditlogger(auditlogger),
      limits,
      clock,
      progress,
      signal,
    });
    await onDatabase(() => completeRun(options, record));
    return { evidence, record };
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new SnoopError('database_away', `SnoopDB is away: the run ${basename(folder)} is not reported yet.`, {
      cause: error,
      advice: [
        `Nothing of it is lost. When SnoopDB is back: snoop report ${basename(folder)}`,
        "'snoop status' says what runs here.",
      ],
    });
  }
}

/** What can be said only when the events are there: under which sources they came, and which endpoints they meant. */
async function completeRun(
  { pool, folder, cluster, documents, progress, signal }: StoreOptions,
  record: RunRecord,
): Promise<void> {
  const sources = cluster.sources.length > 0 ? cluster.sources : await askRunSources(pool, record.id);
  const head = await readRunHead(folder);
  if (sources.length > 0) {
    await refreshClusterDocument(pool, { ...cluster, sources }, documents).catch((error: unknown) => {
      if (isAway(error)) throw error;
      // The cluster may be gone by now; the report says what did not resolve.
      progress.print(
        `the cluster's OpenAPI document was not taken over: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
  if (!(await awaitResolution(pool, record.id, signal))) progress.print(unresolvedStay);
  await settleRun(pool, record.id);
  writeRunHead(folder, { ...head, sources, saved: true });
}
