import type { Pool, PoolClient } from '@snoop/snoopdb';
import { answerWithin, migrate, readSchemaVersion, schemaVersion, SnoopDbError, withClient } from '@snoop/snoopdb';

/** A database that needs longer for a question to which it knows the answer is not there. */
export const askMs = 2000;
const writeMs = 5000;
/** Migrations of a full database take their time, and of several programs one does it while the others wait. */
const migrationMs = 600_000;

/** Rows of 1900 bytes that are written to try it: 2 MiB, which is more than a usual batch takes. */
const triedRows = 1000;

/**
 * Writes where live events are written: into a new table in each tablespace of theirs, as taking a table back also
 * gives back its room, where rows would stay until they are vacuumed.
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
        execute format('insert into testing.tried_%s select repeat(''x'', 1900) from generate_series(1, ${triedRows})',
                       pg_backend_pid());
        execute format('drop table testing.tried_%s', pg_backend_pid());
      end loop;
    end
  $$`;

/**
 * Finds out whether the database takes events: asks it, brings its schema up to date, writes, and takes that back.
 * Every step has its time, and a connection that needs longer is closed.
 * @returns the schema's version before and after
 * @throws whatever speaks against it; SnoopDbError `schema_newer`, `schema_differs` when it never will
 */
export async function probe(pool: Pool): Promise<{ from: number; to: number }> {
  await ask(pool);
  const from = await within(askMs, 'to say which schema it has', () => readSchemaVersion(pool));
  if (from !== schemaVersion) await within(migrationMs, 'to bring its schema up to date', () => migrate(pool));
  await within(writeMs, 'to write', (signal) => withClient(pool, tryWriting, signal));
  return { from, to: schemaVersion };
}

/** Asks the database whether it is there. @throws SnoopDbError `stalled` when it does not answer in time */
export async function ask(pool: Pool): Promise<void> {
  await within(askMs, 'to answer', (signal) => withClient(pool, (client) => client.query('select 1'), signal));
}

async function tryWriting(client: PoolClient): Promise<void> {
  await client.query('begin');
  try {
    await client.query(writeAndDrop);
  } finally {
    await client.query('rollback');
  }
}

function within<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = (): Error => new SnoopDbError('stalled', `the database needs longer than ${ms / 1000} s ${what}`);
  return answerWithin(ms, late, work);
}
