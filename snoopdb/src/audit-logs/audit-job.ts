import { SnoopDbError } from '../errors.ts';
import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import type { LoadInput } from '../inputs/input.ts';
import type { PoolClient } from '../postgres/database.ts';
import { lockHitsShared } from '../postgres/locks.ts';
import { readEndpointMark } from '../releases/release-endpoints.ts';
import { insertRejected, type Rejected } from '../rows/rejected-events.ts';
import { keptBytes, type LoggedEvent } from './audit-lines.ts';
import type { BatchReader, EventBatch } from './event-batches.ts';
import type { EventCounts, KnownFile } from './loaded-file.ts';

export interface LoadProgress {
  /** Bytes read, packed as they lie there. */
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

/** Puts aside what of a batch was not stored, and counts. */
export async function putAside(
  client: PoolClient,
  table: string,
  file: number,
  batch: EventBatch,
  refused: readonly Rejected[],
  job: AuditJob,
): Promise<void> {
  const rejected = [...batch.flawed, ...refused].map(cut);
  if (rejected.length > 0) {
    const place = ({ event }: Rejected): LoggedEvent | undefined => batch.logged[event.number - batch.first];
    await insertRejected(
      client,
      table,
      rejected,
      { file: { type: 'integer', value: file } },
      {
        line: { type: 'bigint', of: (one) => place(one)?.line },
        byte_offset: { type: 'bigint', of: (one) => place(one)?.byteOffset },
      },
    );
  }
  const { counts } = job;
  const resolved = (events: readonly AuditEvent[]): number => events.filter((event) => event.endpoint !== null).length;
  counts.read += batch.logged.length;
  counts.stored += batch.sound.length - refused.length;
  counts.resolved += resolved(batch.sound) - resolved(refused.map(({ event }) => event));
  counts.putAside += rejected.length;
  job.onProgress({ bytes: job.input.rawBytesRead(), totalBytes: job.input.bytes, events: counts.stored });
}

export function originOf({ source, release }: AuditJob): EventOrigin {
  return { source, release, revision: 0 };
}

export function describeFile({ input, release, source, events }: AuditJob): KnownFile {
  return { input, release, source, sha256: events.sha256(), bytes: events.bytes() };
}

/** The file is still there: of a long line its beginning will do. */
function cut(one: Rejected): Rejected {
  const { slice } = one.event;
  if (slice.end - slice.start <= keptBytes) return one;
  return { ...one, event: { ...one.event, slice: { ...slice, end: slice.start + keptBytes } } };
}
