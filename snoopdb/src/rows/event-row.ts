import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import { cutText } from '../postgres/storable-text.ts';

/** The table that events go to; each kind has a few columns of its own. */
export type EventTable =
  | { kind: 'live' }
  | {
      kind: 'loaded';
      /** With its schema, in quotes where it needs them. */
      table: string;
      part: number;
      releaseDate: string | null;
      /** The number before that of the file's first event; null: the table numbers its rows. */
      idBase: number | null;
    };

const sharedColumns = [
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
  'requested_at',
];

/** The statement that takes what {@link encodeEventRows} yields. */
export function copyEvents(table: EventTable): string {
  const name = table.kind === 'live' ? 'testing.held_event' : table.table;
  return `copy ${name} (${listColumns(table).join(', ')}) from stdin (format binary)`;
}

function listColumns(table: EventTable): string[] {
  if (table.kind === 'live') return [...sharedColumns, 'document_revision', 'live_agent'];
  const columns = [...sharedColumns, 'release_date', 'part'];
  return table.idBase === null ? columns : [...columns, 'id'];
}

/** What binary COPY begins with. */
export const copyHeader = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** What it ends with. */
export const copyTrailer = Buffer.from([0xff, 0xff]);
const chunkBytes = 128 * 1024;
/** Most of what is copied is a few events; chunks double from here on. */
const firstChunkBytes = 16 * 1024;
/** Events beyond this go to the stream as they lie in the body, without a copy. */
const ownChunkBytes = 32 * 1024;
const jsonbVersion = 1;
/** PostgreSQL counts time from 2000-01-01. */
const epochMicroseconds = 946_684_800_000_000;
/** Of a live agent's name so much is kept to be counted by. */
export const liveAgentCharacters = 200;

/**
 * Writes events in PostgreSQL's binary COPY format (documented at COPY, "Binary Format"), a chunk at a time.
 * The event's own bytes go in as they were sent.
 */
export function* encodeEventRows(
  events: Iterable<AuditEvent>,
  origin: EventOrigin,
  table: EventTable,
): Generator<Buffer> {
  const columns = listColumns(table).length;
  const release = encodeText(origin.release);
  const source = encodeText(origin.source);
  const releaseDate = encodeText(table.kind === 'loaded' ? table.releaseDate : null);
  const sharedBytes = release.length + source.length + releaseDate.length;
  const idBase = table.kind === 'loaded' ? table.idBase : null;
  let size = firstChunkBytes;
  let chunk = Buffer.allocUnsafe(size);
  let at = copyHeader.copy(chunk);

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
  const putInteger = (value: number | null): void => {
    if (value === null) {
      at = chunk.writeInt32BE(-1, at);
      return;
    }
    at = chunk.writeInt32BE(4, at);
    at = chunk.writeInt32BE(value, at);
  };
  const putBigInteger = (value: number | null): void => {
    if (value === null) {
      at = chunk.writeInt32BE(-1, at);
      return;
    }
    // BigInt would cost an object each.
    const high = Math.floor(value / 2 ** 32);
    at = chunk.writeInt32BE(8, at);
    at = chunk.writeInt32BE(high, at);
    at = chunk.writeUInt32BE(value - high * 2 ** 32, at);
  };

  for (const event of events) {
    const { slice, agent } = event;
    const dataBytes = slice.end - slice.start;
    const inPlace = dataBytes <= ownChunkBytes;
    const room = boundRowBytes(event, columns) + sharedBytes + (inPlace ? dataBytes : 0);
    if (at + room > chunk.length) {
      if (at > 0) yield chunk.subarray(0, at);
      size = Math.min(chunkBytes, 2 * size);
      chunk = Buffer.allocUnsafe(Math.max(size, room));
      at = 0;
    }
    at = chunk.writeInt16BE(columns, at);
    at += release.copy(chunk, at);
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
      size = Math.min(chunkBytes, 2 * size);
      chunk = Buffer.allocUnsafe(Math.max(size, room));
      at = 0;
    }
    at += source.copy(chunk, at);
    putText(slice.stage);
    putText(slice.verb);
    putInteger(slice.code);
    putBoolean(event.isDryRun);
    putBoolean(event.isHit);
    putText(event.reason);
    putText(event.ambiguous);
    putBigInteger(slice.requestedAt === null ? null : slice.requestedAt - epochMicroseconds);
    if (table.kind === 'live') {
      putBigInteger(origin.revision);
      putText(agent?.isLive ? cutText(agent.name, liveAgentCharacters) : null);
    } else {
      at += releaseDate.copy(chunk, at);
      putInteger(table.part);
      if (idBase !== null) putBigInteger(idBase + event.number);
    }
  }
  yield chunk.subarray(0, at);
  yield copyTrailer;
}

/** A field that is the same in every row. */
function encodeText(text: string | null): Buffer {
  const bytes = Buffer.from(text ?? '');
  const length = Buffer.alloc(4);
  length.writeInt32BE(text === null ? -1 : bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Bytes a row needs at most, its event and what all rows share left out: a UTF-16 unit makes three bytes at most. */
function boundRowBytes(event: AuditEvent, columns: number): number {
  const { slice, agent } = event;
  const units =
    length(slice.auditId) +
    length(event.endpoint) +
    length(slice.userAgent) +
    length(agent?.test) +
    length(slice.stage) +
    length(slice.verb) +
    length(event.reason) +
    length(event.ambiguous) +
    2 * liveAgentCharacters;
  return 3 * units + 2 + columns * 4 + 64;
}

function length(text: string | null | undefined): number {
  return text?.length ?? 0;
}
