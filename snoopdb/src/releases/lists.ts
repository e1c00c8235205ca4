import type { PoolClient } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { normalizeRelease } from '../release.ts';
import type { ListedTest } from './coverage-document.ts';

export type ListName = 'tests' | 'ineligible' | 'pending';

/** A list of a release to be loaded. */
export interface ListToLoad {
  release: string;
  /** For people. */
  origin: string;
  /**
   * Whether it is loaded as a list; false: it is part of a baseline or coverage file, which does not replace a list that
   * was loaded as one.
   */
  own: boolean;
}

export interface ListedIneligible {
  endpoint: string;
  reason: string;
  link: string;
}

/**
 * The release of the list: the requested one, or the baseline in use.
 * @throws SnoopDbError `bad_release`, also if none is requested and there is no baseline
 */
export async function findListRelease(client: PoolClient, wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) return normalizeRelease(wanted);
  const found = await client.query<{ release: string | null }>('select public.baseline_release() as release');
  const release = found.rows[0]?.release;
  if (release) return release;
  throw new SnoopDbError(
    'bad_release',
    'A list needs a release, and there is no baseline yet. Name the release, for example --release 1.36.0.',
  );
}

/** Whether a list of the release was loaded as one. */
async function hasOwnList(client: PoolClient, what: ListName, release: string): Promise<boolean> {
  const found = await client.query('select from conformance.list where what = $1 and release = $2 and own', [
    what,
    release,
  ]);
  return found.rows.length > 0;
}

async function recordList(client: PoolClient, what: ListName, owner: ListToLoad): Promise<boolean> {
  if (!owner.own && (await hasOwnList(client, what, owner.release))) return false;
  await client.query(
    `insert into conformance.list (what, release, origin, own) values ($1, $2, $3, $4)
     on conflict (what, release) do update set origin = excluded.origin, own = excluded.own, loaded_at = now()`,
    [what, owner.release, owner.origin, owner.own],
  );
  return true;
}

/** @returns false if an explicitly loaded list was kept */
export async function replaceTests(
  client: PoolClient,
  owner: ListToLoad,
  tests: readonly ListedTest[],
): Promise<boolean> {
  if (!(await recordList(client, 'tests', owner))) return false;
  await client.query('delete from conformance.listed_test where release = $1', [owner.release]);
  await client.query(
    `insert into conformance.listed_test (release, codename, testname, promotion, promoted_in, description, file)
     select $1, codename, testname, promotion, "promotedIn", description, file
       from jsonb_to_recordset($2::jsonb) as given (codename text, testname text, promotion text, "promotedIn" text,
            description text, file text)`,
    [owner.release, JSON.stringify(tests)],
  );
  return true;
}

/** @returns false if an explicitly loaded list was kept */
export async function replaceIneligible(
  client: PoolClient,
  owner: ListToLoad,
  entries: readonly ListedIneligible[],
): Promise<boolean> {
  if (!(await recordList(client, 'ineligible', owner))) return false;
  await client.query('delete from conformance.listed_ineligible where release = $1', [owner.release]);
  await client.query(
    `insert into conformance.listed_ineligible (release, endpoint, reason, link)
     select $1, endpoint, reason, link from jsonb_to_recordset($2::jsonb) as given (endpoint text, reason text, link text)`,
    [owner.release, JSON.stringify(entries)],
  );
  return true;
}

/** @returns false if an explicitly loaded list was kept */
export async function replacePending(
  client: PoolClient,
  owner: ListToLoad,
  endpoints: readonly string[],
): Promise<boolean> {
  if (!(await recordList(client, 'pending', owner))) return false;
  await client.query('delete from conformance.listed_pending where release = $1', [owner.release]);
  await client.query('insert into conformance.listed_pending (release, endpoint) select $1, unnest($2::text[])', [
    owner.release,
    endpoints,
  ]);
  return true;
}

/** The number of names that are not endpoints of the release; 0 if the release is not loaded. */
export async function countUnknown(client: PoolClient, release: string, endpoints: readonly string[]): Promise<number> {
  const found = await client.query<{ count: number }>(
    `select count(*)::integer as count from unnest($2::text[]) as given (endpoint)
      where exists (select from public.open_api where release = $1)
        and not exists (select from public.open_api as api where api.release = $1 and api.endpoint = given.endpoint)`,
    [release, endpoints],
  );
  return found.rows[0]?.count ?? 0;
}
