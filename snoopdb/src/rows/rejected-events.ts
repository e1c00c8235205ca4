import type { PoolClient } from 'pg';
import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import { type CopyOptions, copyRows } from '../postgres/copy-stream.ts';
import { copyHeader, copyTrailer } from './event-row.ts';

// The API server cuts them at 64; an index row could not hold any length.
const longestAuditId = 200;

export interface Rejected {
  event: AuditEvent;
  reason: string;
  sqlstate: string | null;
}

type ColumnType = 'text' | 'integer' | 'bigint' | 'boolean';

/** What is kept of a set-aside event wherever it came from, beside its bytes. */
const readColumns: readonly (readonly [name: string, type: ColumnType, read: (one: Rejected) => unknown])[] = [
  ['reason', 'text', ({ reason }) => reason],
  ['sqlstate', 'text', ({ sqlstate }) => sqlstate],
  ['audit_id', 'text', ({ event }) => event.slice.auditId?.slice(0, longestAuditId)],
  ['stage', 'text', ({ event }) => event.slice.stage],
  ['verb', 'text', ({ event }) => event.slice.verb],
  ['request_uri', 'text', ({ event }) => event.slice.requestUri],
  ['useragent', 'text', ({ event }) => event.slice.userAgent],
  ['test', 'text', ({ event }) => event.agent?.test],
  ['code', 'integer', ({ event }) => event.slice.code],
  ['endpoint', 'text', ({ event }) => event.endpoint],
  ['is_dry_run', 'boolean', ({ event }) => event.isDryRun],
  ['is_hit', 'boolean', ({ event }) => event.isHit],
  ['unresolved_reason', 'text', ({ event }) => event.reason],
];

/**
 * Writes set-aside events.
 * @param fixed columns that all of them share, with their types and values
 * @param own columns of their own, with their types and values
 */
export async function insertRejected(
  client: PoolClient,
  table: string,
  rejected: readonly Rejected[],
  fixed: Record<string, { type: ColumnType; value: unknown }>,
  own: Record<string, { type: ColumnType; of: (one: Rejected) => unknown }> = {},
  options: CopyOptions = {},
): Promise<void> {
  if (rejected.length === 0) return;
  // The bytes come last: they go as they lie in the body.
  const names = [...Object.keys(fixed), ...Object.keys(own), ...readColumns.map(([name]) => name), 'raw'];
  const shared = Object.values(fixed).map(({ type, value }) => encodeField(type, value));
  function* encodeRows(): Generator<Buffer> {
    yield copyHeader;
    for (const one of rejected) {
      const { body, slice } = one.event;
      const head = [encodeCount(names.length), ...shared];
      for (const { type, of } of Object.values(own)) head.push(encodeField(type, of(one)));
      for (const [, type, read] of readColumns) head.push(encodeField(type, read(one)));
      head.push(encodeLength(slice.end - slice.start));
      yield Buffer.concat(head);
      yield body.subarray(slice.start, slice.end);
    }
    yield copyTrailer;
  }
  await copyRows(client, `copy ${table} (${names.join(', ')}) from stdin (format binary)`, encodeRows(), options);
}

/** Puts events of a body aside with the bytes as sent, the reason, and whatever could be read of them. */
export async function saveRejected(
  client: PoolClient,
  rejected: readonly Rejected[],
  { source, release, revision }: EventOrigin,
  options: CopyOptions = {},
): Promise<void> {
  const fixed = {
    source: { type: 'text', value: source },
    release: { type: 'text', value: release },
    document_revision: { type: 'bigint', value: revision },
  } as const;
  await insertRejected(client, 'testing.held_rejection', rejected, fixed, {}, options);
}

/** A field of PostgreSQL's binary COPY format, its length before it. */
function encodeField(type: ColumnType, value: unknown): Buffer {
  if (value === null || value === undefined) return encodeLength(-1);
  if (type === 'text') {
    const text = Buffer.from(String(value));
    return Buffer.concat([encodeLength(text.length), text]);
  }
  if (type === 'boolean') return Buffer.from([0, 0, 0, 1, value === true ? 1 : 0]);
  const field = Buffer.alloc(type === 'integer' ? 8 : 12);
  field.writeInt32BE(field.length - 4);
  if (type === 'integer') field.writeInt32BE(Number(value), 4);
  else field.writeBigInt64BE(BigInt(Number(value)), 4);
  return field;
}

function encodeLength(bytes: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeInt32BE(bytes);
  return field;
}

function encodeCount(columns: number): Buffer {
  const field = Buffer.alloc(2);
  field.writeInt16BE(columns);
  return field;
}
