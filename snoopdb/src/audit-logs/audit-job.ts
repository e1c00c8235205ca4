import { SnoopDbError } from '../errors.ts';
import type { EventOrigin } from '../events/audit-event.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { readEndpointMark } from '../releases/release-endpoints.ts';
import type { WrittenEvents } from '../rows/write-events.ts';
import type { BatchReader } from './event-batches.ts';
import type { EventCounts, KnownFile } from './loaded-file.ts';

export interface LoadProgress {
  /** Bytes read, packed as they lie there; when all are, the last of it is still to be stored. */
  bytes: number;
  /** Of so many; null when that is not known. */
  totalBytes: number | null;
  /** Events stored so far. */
  events: number;
}

/** One file on its way into the database. */
export interface AuditJob {
  input: LoadInput;
  release: string;
  source: string;
  releaseDate: string | null;
  /** Of the endpoints that its events are resolved with. */
  endpointMark: string;
  events: BatchReader;
  /** Ends all that is under way when a part of it has failed. */
  broken: AbortController;
  hitLimit: number;
  counts: EventCounts;
  onProgress: (progress: LoadProgress) => void;
}

/**
 * Makes sure that the endpoints of the release are still those the events were resolved with, until the transaction ends:
 * whoever replaces them waits for the lock of hits, and then resolves these events, too.
 * @throws SnoopDbError `no_endpoints`
 */
export async function holdEndpoints(client: PoolClient, { input, release, endpointMark }: AuditJob): Promise<void> {
  await client.query(lockHitsShared());
  if ((await readEndpointMark(client, release)) === endpointMark) return;
  throw new SnoopDbError(
    'no_endpoints',
    `The endpoints of ${release} were replaced while ${input.name} was being loaded. Nothing of it was loaded; load it again.`,
  );
}

/** Counts what became of a batch. */
export function countBatch(job: AuditJob, { stored, rejected }: WrittenEvents): void {
  const { counts } = job;
  counts.read += stored.length + rejected.length;
  counts.stored += stored.length;
  for (const { endpoint } of stored) if (endpoint !== null) counts.resolved += 1;
  counts.putAside += rejected.length;
  tellProgress(job);
}

/** Counts what was in no batch, when all of the file was read. */
export function countBeyondSample({ counts, events }: AuditJob): void {
  const beyond = events.rejectedBeyondSample();
  counts.read += beyond;
  counts.putAside += beyond;
}

export function tellProgress({ counts, input, onProgress }: AuditJob): void {
  onProgress({ bytes: input.rawBytesRead(), totalBytes: input.bytes, events: counts.stored });
}

export function readOrigin({ source, release }: AuditJob): EventOrigin {
  return { source, release, revision: 0 };
}

export function describeFile({ input, release, source, events }: AuditJob): KnownFile {
  return { input, release, source, sha256: events.sha256(), bytes: events.bytes() };
}
