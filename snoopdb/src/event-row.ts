import type { AuditEvent } from './audit-event.ts';

/** What all events of one write have in common. */
export interface EventOrigin {
  source: string;
  release: string | null;
  revision: number;
}

const columns = [
  'release',
  'audit_id',
  'endpoint',
  'useragent',
  'test',
  'test_hit',
  'conf_test_hit',
  'data',
  'source',
  'stage',
  'verb',
  'code',
  'is_dry_run',
  'is_hit',
  'reason',
  'ambiguous',
  'document_revision',
] as const;

/** The statement that takes what {@link encodeEventRows} yields. */
export const copyEvents = `copy testing.audit_event (${columns.join(', ')}) from stdin (format binary)`;

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);
const chunkBytes = 128 * 1024;
/** Events beyond this go to the stream as they lie in the body, without a copy. */
const ownChunkBytes = 32 * 1024;
const jsonbVersion = 1;

/**
 * Writes events in PostgreSQL's binary COPY format (documented at COPY, "Binary Format"), a chunk at a time.
 * The event's own bytes go in as they were sent.
 */
export function* encodeEventRows(events: readonly AuditEvent[], origin: EventOrigin): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let at = header.copy(chunk);

  const putText = (text: string | null): void => {
    if (text === null) {
      at = chunk.writeInt32BE(-1, at);
      return;
    }
    const bytes = chunk.write(text, at + 4);
    chunk.writeInt32BE(bytes, at);
    at += 4 + bytes;
  };
  const putBoolean = (value: boolean): void => {
    at = chunk.writeInt32BE(1, at);
    at = chunk.writeUInt8(value ? 1 : 0, at);
  };

  for (const event of events) {
    const { slice, agent } = event;
    const dataBytes = slice.end - slice.start;
    const inPlace = dataBytes <= ownChunkBytes;
    const room = boundRowBytes(event, origin) + (inPlace ? dataBytes : 0);
    if (at + room > chunk.length) {
      if (at > 0) yield chunk.subarray(0, at);
      chunk = Buffer.allocUnsafe(Math.max(chunkBytes, room));
      at = 0;
    }
    at = chunk.writeInt16BE(columns.length, at);
    putText(origin.release);
    putText(slice.auditId);
    putText(event.endpoint);
    putText(slice.userAgent);
    putText(agent?.test ?? null);
    putBoolean(agent?.testHit ?? false);
    putBoolean(agent?.confTestHit ?? false);
    at = chunk.writeInt32BE(dataBytes + 1, at);
    at = chunk.writeUInt8(jsonbVersion, at);
    if (inPlace) at += event.body.copy(chunk, at, slice.start, slice.end);
    else {
      yield chunk.subarray(0, at);
      yield event.body.subarray(slice.start, slice.end);
      chunk = Buffer.allocUnsafe(Math.max(chunkBytes, room));
      at = 0;
    }
    putText(origin.source);
    putText(slice.stage);
    putText(slice.verb);
    if (slice.code === null) at = chunk.writeInt32BE(-1, at);
    else {
      at = chunk.writeInt32BE(4, at);
      at = chunk.writeInt32BE(slice.code, at);
    }
    putBoolean(event.isDryRun);
    putBoolean(event.isHit);
    putText(event.reason);
    putText(event.ambiguous);
    at = chunk.writeInt32BE(8, at);
    at = chunk.writeBigInt64BE(BigInt(origin.revision), at);
  }
  yield chunk.subarray(0, at);
  yield trailer;
}

/** Bytes a row needs at most, its event left out: a UTF-16 unit makes three bytes of UTF-8 at most. */
function boundRowBytes(event: AuditEvent, origin: EventOrigin): number {
  const { slice, agent } = event;
  const units =
    length(origin.release) +
    length(slice.auditId) +
    length(event.endpoint) +
    length(slice.userAgent) +
    length(agent?.test) +
    length(origin.source) +
    length(slice.stage) +
    length(slice.verb) +
    length(event.reason) +
    length(event.ambiguous);
  return 3 * units + 2 + columns.length * 4 + 32;
}

function length(text: string | null | undefined): number {
  return text?.length ?? 0;
}
