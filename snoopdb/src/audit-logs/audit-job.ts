import { SnoopDbError } from '../errors.ts';
import type { EventOrigin } from '../events/audit-event.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { readEndpointMark } from '../releases/release-endpoints.ts';
import type { WrittenEvents } from '../rows/write-events.ts';
import type { BatchReader } from './event-batches.ts';
import type { EventCounts, ReadFile } from './loaded-file.ts';

export interface LoadProgress {
  /** Bytes read, before unpacking. When all are read, events are still being stored. */
  bytes: number;
  /** Null if unknown. */
  totalBytes: number | null;
  events: number;
}

/** One file being loaded. */
export interface AuditJob {
  input: LoadInput;
  release: string;
  source: string;
  /** Why its events are not all of their run, as a sentence; null: they are. */
  incomplete: string | null;
  releaseDate: string | null;
  /** The mark of the endpoints that resolve its events. */
  endpointMark: string;
  events: BatchReader;
  /** Aborts all parts if one fails. */
  failure: AbortController;
  hitLimit: number;
  counts: EventCounts;
  onProgress: (progress: LoadProgress) => void;
}

/**
 * Locks the release's endpoints until the transaction ends, and checks that they are still the ones that resolved the
 * events. A load that replaces them waits for the lock of hits and then resolves these events, too.
 * @throws SnoopDbError `no_endpoints`
 */
export async function lockEndpoints(client: PoolClient, { input, release, endpointMark }: AuditJob): Promise<void> {
  await client.query(lockHitsShared());
  if ((await readEndpointMark(client, release)) === endpointMark) return;
  throw new SnoopDbError(
    'no_endpoints',
    `The endpoints of ${release} were replaced while ${input.name} was being loaded. Nothing was loaded; load it again.`,
  );
}

export function countBatch(job: AuditJob, { stored, rejected }: WrittenEvents): void {
  const { counts } = job;
  counts.read += stored.length + rejected.length;
  counts.stored += stored.length;
  for (const { endpoint } of stored) if (endpoint !== null) counts.resolved += 1;
  counts.rejected += rejected.length;
  reportProgress(job);
}

/** Counts the events that are in no batch; call it after the last batch. */
export function countUnsampled({ counts, events }: AuditJob): void {
  const unsampled = events.rejectedUnsampled();
  counts.read += unsampled;
  counts.rejected += unsampled;
}

export function reportProgress({ counts, input, onProgress }: AuditJob): void {
  onProgress({ bytes: input.rawBytesRead(), totalBytes: input.bytes, events: counts.stored });
}

export function readOrigin({ source, release }: AuditJob): EventOrigin {
  return { source, release, revision: 0 };
}

export function describeFile({ input, release, source, events }: AuditJob): ReadFile {
  return { input, release, source, sha256: events.sha256(), bytes: events.bytes() };
}
