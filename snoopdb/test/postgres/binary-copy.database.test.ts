import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BytesInPlace, type Column, copyInto, createFixedColumn } from '../../src/postgres/binary-copy.ts';
import { withClient } from '../../src/postgres/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

interface Row {
  text: string | null;
  small: number | null;
  large: number | null;
  flag: boolean;
  at: number | null;
  raw: Buffer;
  data: Buffer;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  await database.pool.query(
    `create table copied (fixed_text text, fixed_null text, fixed_small integer, fixed_large bigint, text text,
       small integer, large bigint, flag boolean, at timestamptz, raw bytea, data jsonb, n bigint generated always as identity)`,
  );
});
afterAll(() => database.drop());

/** Bytes with others on both sides. */
function place(bytes: Buffer): BytesInPlace {
  return {
    body: Buffer.concat([Buffer.from('{'), bytes, Buffer.from('}')]),
    slice: { start: 1, end: 1 + bytes.length },
  };
}

const columns: Column<Row>[] = [
  createFixedColumn('fixed_text', 'text', 'ü'),
  createFixedColumn('fixed_null', 'text', null),
  createFixedColumn('fixed_small', 'integer', -1),
  createFixedColumn('fixed_large', 'bigint', 2 ** 40 + 1),
  { name: 'text', type: 'text', read: (row) => row.text },
  { name: 'small', type: 'integer', read: (row) => row.small },
  { name: 'large', type: 'bigint', read: (row) => row.large },
  { name: 'flag', type: 'boolean', read: (row) => row.flag },
  { name: 'at', type: 'timestamptz', read: (row) => row.at },
  { name: 'raw', type: 'bytea', read: (row) => place(row.raw) },
  { name: 'data', type: 'jsonb', read: (row) => place(row.data) },
];

/** Sizes on both sides of every one at which the encoder does something else. */
const sizes = [0, 1, 16, 32, 128, 256].flatMap((kibibytes) =>
  [-40, -1, 0, 1].map((more) => Math.max(0, kibibytes * 1024 + more)),
);

test('every value arrives unchanged, at any size and beside any other', async () => {
  const rows = sizes.flatMap((bytes, at): Row[] => [
    {
      text: at % 5 === 0 ? null : 'x€𝄞'.repeat(Math.ceil(bytes / 9)),
      small: at % 3 === 0 ? null : at - 7,
      large: at % 4 === 0 ? null : -(2 ** 33) - at,
      flag: at % 2 === 0,
      // The year 1999 lies before PostgreSQL's own epoch.
      at: at % 6 === 0 ? null : 930_000_000_123_456 + at,
      raw: Buffer.alloc(bytes, at),
      data: Buffer.from(JSON.stringify('y'.repeat(Math.max(0, bytes - 2)))),
    },
    { text: '', small: 0, large: 0, flag: false, at: 0, raw: Buffer.alloc(0), data: Buffer.from('{}') },
  ]);
  await withClient(database.pool, (client) => copyInto(client, { table: 'copied', columns }, rows));
  const found = await database.pool.query(
    `select fixed_text, fixed_null, fixed_small, fixed_large::float8, text, small, large::float8, flag,
            (extract(epoch from at) * 1e6)::float8 as at, raw, data::text from copied order by n`,
  );
  // As text: expect compares two buffers byte by byte, which takes a second for a megabyte.
  expect(found.rows.map(({ raw, ...row }) => ({ ...row, raw: raw.toString('latin1') }))).toEqual(
    rows.map(({ data, raw, ...row }) => ({
      fixed_text: 'ü',
      fixed_null: null,
      fixed_small: -1,
      fixed_large: 2 ** 40 + 1,
      ...row,
      raw: raw.toString('latin1'),
      data: data.toString(),
    })),
  );
});

test('sends no query for no rows', async () => {
  await withClient(database.pool, (client) => copyInto(client, { table: 'no_such_table', columns }, []));
});
