import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';

/** The server and role of a connection. */
export interface DatabaseState {
  readonly role: string;
  /** Such as `17.2 (Debian 17.2-1)`. */
  readonly serverVersion: string;
  /** Such as 170002. */
  readonly serverVersionNumber: number;
  /** Whether nothing can be stored: a standby, or a read-only database. */
  readonly isReadOnly: boolean;
  /** null: there is no schema. */
  readonly mayAddRuns: boolean | null;
  /** Size of the database. */
  readonly bytes: number;
}

export async function askDatabaseState(pool: Pool): Promise<DatabaseState> {
  const { rows } = await pool.query<DatabaseState>(readQuerySql('database-state'));
  const [row] = rows;
  if (!row) throw new Error('The query database-state returned no row.');
  return row;
}

/** Reads the clock of the database server, in milliseconds since 1970. */
export async function readDatabaseClock(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const [row] = rows;
  if (!row) throw new Error('The database returned no time.');
  return row.ms;
}

/** Whether the database holds more than shipped data that a command has loaded for itself. */
export async function holdsOwnData(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select exists (select from public.loaded_file where what <> 'baseline' and stored > 0)
            or exists (select from public.release_data where not for_questions)
            or exists (select from conformance.list where own)
            or exists (select from testing.cluster)
            or exists (select from testing.run)
            or exists (select from testing.held_event)
            or exists (select from testing.held_rejection) as found`,
  );
  return rows[0]?.found ?? true;
}
