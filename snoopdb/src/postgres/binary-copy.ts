/** PostgreSQL's binary COPY format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". */
import { type CopyOptions, withCopyStream } from './copy-stream.ts';
import type { PoolClient } from './database.ts';

/** Part of a buffer, sent without a copy. */
export interface BytesInPlace {
  body: Buffer;
  slice: { start: number; end: number };
}

/** A column of a table, and how to read its value from a row. Times are in microseconds since 1970. */
export type Column<Row> = { name: string } & (
  | { type: 'text'; read: (row: Row) => string | null | undefined }
  | { type: 'boolean'; read: (row: Row) => boolean }
  | { type: 'integer' | 'bigint' | 'timestamptz'; read: (row: Row) => number | null }
  | { type: 'jsonb' | 'bytea'; read: (row: Row) => BytesInPlace }
  | FixedColumn
);

/** Has the same value in every row. */
interface FixedColumn {
  type: 'fixed';
  field: Buffer;
}

/** A table to copy into. */
export interface CopyTarget<Row> {
  /** With its schema, quoted if needed. */
  table: string;
  columns: readonly Column<Row>[];
}

/** Creates a column that has the same value in every row. */
export function createFixedColumn(
  name: string,
  type: 'text' | 'integer' | 'bigint',
  value: string | number | null,
): { name: string } & FixedColumn {
  const fields = new FieldWriter();
  if (type === 'text') fields.putText(value === null ? null : String(value));
  else if (type === 'integer') fields.putInteger(value === null ? null : Number(value));
  else fields.putBigInteger(value === null ? null : Number(value));
  return { name, type: 'fixed', field: Buffer.concat(fields.takeAll()) };
}

/** Copies rows into a table. */
export async function copyInto<Row>(
  client: PoolClient,
  target: CopyTarget<Row>,
  rows: readonly Row[],
  options: CopyOptions = {},
): Promise<void> {
  if (rows.length > 0) await withCopyInto(client, target, (send) => send(rows), options);
}

/**
 * Copies rows into a table as `work` sends them.
 * @param work if it fails, nothing is copied
 */
export function withCopyInto<Row, T>(
  client: PoolClient,
  { table, columns }: CopyTarget<Row>,
  work: (send: (rows: readonly Row[]) => Promise<void>) => Promise<T>,
  options: CopyOptions = {},
): Promise<T> {
  const names = columns.map(({ name }) => name).join(', ');
  const fields = new FieldWriter();
  fields.putFixed(header);
  function* encodeRows(rows: readonly Row[]): Generator<Buffer> {
    for (const row of rows) {
      fields.putCount(columns.length);
      for (const column of columns) putField(fields, column, row);
      if (fields.hasFull) yield* fields.takeFull();
    }
  }
  return withCopyStream(
    client,
    `copy ${table} (${names}) from stdin (format binary)`,
    async (send) => {
      const result = await work((rows) => send(encodeRows(rows)));
      fields.putFixed(trailer);
      await send(fields.takeAll());
      return result;
    },
    options,
  );
}

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);
/** PostgreSQL's times start at 2000-01-01. */
const epochMicroseconds = 946_684_800_000_000;

function putField<Row>(fields: FieldWriter, column: Column<Row>, row: Row): void {
  switch (column.type) {
    case 'fixed':
      fields.putFixed(column.field);
      break;
    case 'text':
      fields.putText(column.read(row) ?? null);
      break;
    case 'boolean':
      fields.putBoolean(column.read(row));
      break;
    case 'integer':
      fields.putInteger(column.read(row));
      break;
    case 'bigint':
      fields.putBigInteger(column.read(row));
      break;
    case 'timestamptz': {
      const time = column.read(row);
      fields.putBigInteger(time === null ? null : time - epochMicroseconds);
      break;
    }
    default:
      fields.putBytes(column.read(row), column.type === 'jsonb');
  }
}

const bufferBytes = 128 * 1024;
/** Most copies are a few rows; later buffers double in size. */
const firstBufferBytes = 16 * 1024;
/** Longer values are sent without copying them into the buffer. */
const inPlaceMinBytes = 32 * 1024;
/** The first byte of a jsonb value. */
const jsonbVersion = 1;

/** Writes length-prefixed fields into a sequence of buffers. */
class FieldWriter {
  #full: Buffer[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #size = firstBufferBytes / 2;

  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  takeFull(): Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  takeAll(): Buffer[] {
    this.#endBuffer();
    return this.takeFull();
  }

  putCount(columns: number): void {
    this.#makeRoom(2);
    this.#at = this.#buffer.writeInt16BE(columns, this.#at);
  }

  putFixed(field: Buffer): void {
    this.#makeRoom(field.length);
    this.#at += field.copy(this.#buffer, this.#at);
  }

  putText(text: string | null): void {
    if (text === null) {
      this.#putNull();
      return;
    }
    // A UTF-16 code unit is at most three bytes of UTF-8.
    this.#makeRoom(4 + 3 * text.length);
    const bytes = this.#buffer.write(text, this.#at + 4);
    this.#buffer.writeInt32BE(bytes, this.#at);
    this.#at += 4 + bytes;
  }

  putBoolean(value: boolean): void {
    this.#makeRoom(5);
    this.#at = this.#buffer.writeInt32BE(1, this.#at);
    this.#at = this.#buffer.writeUInt8(value ? 1 : 0, this.#at);
  }

  putInteger(value: number | null): void {
    if (value === null) {
      this.#putNull();
      return;
    }
    this.#makeRoom(8);
    this.#at = this.#buffer.writeInt32BE(4, this.#at);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  putBigInteger(value: number | null): void {
    if (value === null) {
      this.#putNull();
      return;
    }
    this.#makeRoom(12);
    // BigInt would allocate an object per value.
    const high = Math.floor(value / 2 ** 32);
    this.#at = this.#buffer.writeInt32BE(8, this.#at);
    this.#at = this.#buffer.writeInt32BE(high, this.#at);
    this.#at = this.#buffer.writeUInt32BE(value - high * 2 ** 32, this.#at);
  }

  putBytes({ body, slice }: BytesInPlace, isJsonb: boolean): void {
    const bytes = slice.end - slice.start;
    const isInPlace = bytes > inPlaceMinBytes;
    this.#makeRoom(5 + (isInPlace ? 0 : bytes));
    this.#at = this.#buffer.writeInt32BE(isJsonb ? bytes + 1 : bytes, this.#at);
    if (isJsonb) this.#at = this.#buffer.writeUInt8(jsonbVersion, this.#at);
    if (isInPlace) {
      this.#endBuffer();
      this.#full.push(body.subarray(slice.start, slice.end));
    } else this.#at += body.copy(this.#buffer, this.#at, slice.start, slice.end);
  }

  #putNull(): void {
    this.#makeRoom(4);
    this.#at = this.#buffer.writeInt32BE(-1, this.#at);
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    this.#endBuffer();
    this.#size = Math.min(bufferBytes, 2 * this.#size);
    this.#buffer = Buffer.allocUnsafe(Math.max(this.#size, bytes));
  }

  #endBuffer(): void {
    if (this.#at > 0) this.#full.push(this.#buffer.subarray(0, this.#at));
    this.#buffer = this.#buffer.subarray(this.#at);
    this.#at = 0;
  }
}
