import type { Pool, PoolClient } from '@snoop/snoopdb';
import { withDeadline, migrate, readSchemaVersion, schemaVersion, SnoopDbError, withClient } from '@snoop/snoopdb';

/** A database that takes longer for a trivial query counts as unavailable. */
export const pingMs = 2000;
const writeMs = 5000;
/** Migrating a full database takes long; other programs wait for the one that migrates. */
const migrationMs = 600_000;

/** Rows of 1900 bytes written by the probe: 2 MiB, more than a usual batch. */
const probeRows = 1000;

/**
 * Writes into a new table in each tablespace of the live table. Rolling back a new table frees its space at once; rows
 * in an existing table would stay until vacuumed.
 */
const writeAndDrop = `
  do $$
    declare place text;
    begin
      for place in
        select distinct coalesce('tablespace ' || quote_ident(t.spcname), '')
          from pg_catalog.pg_inherits i
          join pg_catalog.pg_class c on c.oid = i.inhrelid
          left join pg_catalog.pg_tablespace t on t.oid = c.reltablespace
         where i.inhparent = 'testing.held_event'::regclass
      loop
        execute format('create table testing.tried_%s (filler text) %s', pg_backend_pid(), place);
        execute format('insert into testing.tried_%s select repeat(''x'', 1900) from generate_series(1, ${probeRows})',
                       pg_backend_pid());
        execute format('drop table testing.tried_%s', pg_backend_pid());
      end loop;
    end
  $$`;

/**
 * Checks whether the database can store events: pings it, migrates its schema, writes and rolls back. Each step has a
 * time limit, after which its connection is closed.
 * @returns the schema's version before and after
 * @throws the error of the failed step; SnoopDbError `schema_newer` or `schema_differs` when retrying cannot help
 */
export async function probe(pool: Pool): Promise<{ from: number; to: number }> {
  await ping(pool);
  const from = await within(pingMs, 'to return its schema version', () => readSchemaVersion(pool));
  if (from !== schemaVersion) await within(migrationMs, 'to migrate its schema', () => migrate(pool));
  await within(writeMs, 'to write', (signal) => withClient(pool, tryWrite, signal));
  return { from, to: schemaVersion };
}

/** Runs `select 1`. @throws SnoopDbError `stalled` when there is no answer in time */
export async function ping(pool: Pool): Promise<void> {
  await within(pingMs, 'to answer', (signal) => withClient(pool, (client) => client.query('select 1'), signal));
}

async function tryWrite(client: PoolClient): Promise<void> {
  await client.query('begin');
  try {
    await client.query(writeAndDrop);
  } finally {
    await client.query('rollback');
  }
}

function within<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = (): Error => new SnoopDbError('stalled', `the database takes longer than ${ms / 1000} s ${what}`);
  return withDeadline(ms, late, work);
}
