import { openPool } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { serveDatabase } from '../../src/ui/served-database.ts';

test('closes a database whose releases cannot be loaded, since it is opened again', async () => {
  // Nothing listens on port 1.
  const pool = openPool('postgres://snoop@127.0.0.1:1/snoop');
  let released = 0;
  const database = await serveDatabase({
    open: async () => ({
      pool,
      note: null,
      async release() {
        released += 1;
      },
    }),
    locate: async () => null,
    log: () => {},
  });
  expect(() => database.getPool()).toThrow('SnoopDB cannot be used');
  expect(released).toBe(1);
  await database.close();
  await pool.end();
});
