import type { Pool, PoolClient } from 'pg';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { applyCalendar } from './calendar.ts';
import { type HistorySnapshot, readShippedHistory, unpackHistory } from './shipped-history.ts';

/**
 * Loads the shipped history of eligible endpoints and its calendar, if they are not loaded.
 * @returns whether anything was loaded
 */
export async function loadHistory(pool: Pool): Promise<boolean> {
  const { bytes, digest } = await readShippedHistory();
  const known = await pool.query('select from conformance.history_data where digest = $1', [digest]);
  if (known.rows.length > 0) return false;
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    return refreshHistory(client, digest, () => unpackHistory(bytes));
  });
}

/** Like {@link loadHistory}, within a transaction that holds the lock of {@link lockReleasesExclusive}. */
export async function ensureHistory(client: PoolClient): Promise<void> {
  const { bytes, digest } = await readShippedHistory();
  await refreshHistory(client, digest, () => unpackHistory(bytes));
}

async function refreshHistory(client: PoolClient, digest: string, unpack: () => HistorySnapshot): Promise<boolean> {
  const known = await client.query<{ digest: string | null }>('select digest from conformance.history_data');
  // User's data has no digest, and stays.
  if (known.rows.some((row) => row.digest === null || row.digest === digest)) return false;
  const history = unpack();
  await client.query('delete from conformance.endpoint_history');
  await client.query(
    `insert into conformance.endpoint_history (endpoint, first_release, tested_release)
     select endpoint, first_release, tested_release
       from unnest($1::text[], $2::text[], $3::text[]) as given (endpoint, first_release, tested_release)`,
    [
      history.endpoints.map((one) => one[0]),
      history.endpoints.map((one) => one[1]),
      history.endpoints.map((one) => one[2]),
    ],
  );
  await storeTests(client, history);
  await client.query(
    `insert into conformance.history_data (origin, newest_release, digest) values ($1, $2, $3)
     on conflict (only_row) do update set origin = excluded.origin, newest_release = excluded.newest_release,
       digest = excluded.digest, loaded_at = now()`,
    [history.origin, history.newestRelease, digest],
  );
  // A loaded calendar wins, except for releases that were in development then.
  await client.query(
    `insert into public.release_calendar as known (release, release_date)
     select release, date from unnest($1::text[], $2::timestamp[]) as given (release, date)
     on conflict (release) do update set release_date = excluded.release_date where known.release_date is null`,
    [history.calendar.map(([release]) => release), history.calendar.map(([, date]) => date)],
  );
  await applyCalendar(client);
  return true;
}

async function storeTests(client: PoolClient, { endpoints, tests, files }: HistorySnapshot): Promise<void> {
  const rows = endpoints.flatMap(([endpoint, , , numbers]) =>
    numbers.flatMap((number) => {
      const test = tests[number];
      if (!test) return [];
      const [codename, testname, file, release] = test;
      return [{ endpoint, codename, testname, file: file === null ? null : (files[file] ?? null), release }];
    }),
  );
  await client.query(
    `insert into conformance.endpoint_history_test (endpoint, codename, testname, file, release)
     select endpoint, codename, testname, file, release
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            as given (endpoint, codename, testname, file, release)`,
    [
      rows.map((row) => row.endpoint),
      rows.map((row) => row.codename),
      rows.map((row) => row.testname),
      rows.map((row) => row.file),
      rows.map((row) => row.release),
    ],
  );
}
