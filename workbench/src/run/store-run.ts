import { basename } from 'node:path';
import { askRecorded, askRunSources, settleRun } from '@snoop/snoopdb';
import type { Pool, RunRecord } from '@snoop/snoopdb';
import { refreshClusterDocument } from '../audited-cluster/cluster-document.ts';
import type { ClusterInRun, FetchedDocument } from '../audited-cluster/cluster-document.ts';
import { SnoopError } from '../errors.ts';
import { isAway, OutageClock, retryWhileAway } from '../evidence/outage.ts';
import type { EvidenceLimits } from '../evidence/outage.ts';
import { type AuditloggerAddress, probeAuditlogger } from '../evidence/auditlogger-state.ts';
import { waitForEvidence } from '../evidence/wait-for-evidence.ts';
import type { Evidence } from '../evidence/wait-for-evidence.ts';
import { writeRunHead } from '../journal/journal.ts';
import { readRunHead } from '../journal/read-journal.ts';
import type { Progress } from '../progress.ts';
import { awaitResolution, unresolvedNote } from './await-resolution.ts';
import { saveJournal } from './save-journal.ts';

export interface StoreOptions {
  readonly pool: Pool;
  /** The folder of the journal of an ended run. */
  readonly folder: string;
  readonly cluster: ClusterInRun;
  /** Documents of the cluster, fetched during the run and not stored yet. */
  readonly documents: readonly FetchedDocument[];
  /** null: its address is unknown. */
  readonly auditlogger: AuditloggerAddress | null;
  readonly limits: EvidenceLimits;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Stores an ended run in SnoopDB, waits for its evidence, resolves unresolved requests again, and settles the run.
 *
 * @throws SnoopError `database_away`
 */
export async function storeRun(options: StoreOptions): Promise<{ evidence: Evidence; record: RunRecord }> {
  const { pool, folder, limits, progress, signal, auditlogger } = options;
  const clock = new OutageClock(limits.awayMs);
  const onDatabase = <T>(work: () => Promise<T>): Promise<T> =>
    progress.step('storing the run', (update) =>
      retryWhileAway(work, {
        clock,
        limits,
        signal,
        onAway: (ms) => update(`SnoopDB is away for ${Math.round(ms / 1000)} s`),
      }),
    );
  try {
    const record = await onDatabase(() => saveJournal(pool, folder));
    const evidence = await waitForEvidence({
      requests: record.requests,
      probe: record.sources.length > 0 ? null : (record.sourceProbe?.auditId ?? null),
      findRecorded: (auditIds) => askRecorded(pool, record.id, auditIds),
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
    throw new SnoopError('database_away', `SnoopDB is away: the run ${basename(folder)} cannot be reported yet.`, {
      cause: error,
      advice: [
        `Nothing is lost. When SnoopDB is back: snoop report ${basename(folder)}`,
        "'snoop status' shows what runs here.",
      ],
    });
  }
}

/** Does what needs the events: finds their sources, and resolves with the cluster's document. */
async function completeRun(
  { pool, folder, cluster, documents, progress, signal }: StoreOptions,
  record: RunRecord,
): Promise<void> {
  const sources = cluster.sources.length > 0 ? cluster.sources : await askRunSources(pool, record.id);
  const head = await readRunHead(folder);
  if (sources.length > 0) {
    await refreshClusterDocument(pool, { ...cluster, sources }, documents).catch((error: unknown) => {
      if (isAway(error)) throw error;
      // The cluster may have stopped; the report lists what did not resolve.
      progress.print(
        `the cluster's OpenAPI document was not updated: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
  if (!(await awaitResolution(pool, record.id, signal))) progress.print(unresolvedNote);
  await settleRun(pool, record.id);
  writeRunHead(folder, { ...head, sources, saved: true });
}
