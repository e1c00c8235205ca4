import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { normalizeRelease } from '../release.ts';
import { loadBaseline } from '../releases/baseline.ts';
import { loadHistory } from '../releases/history.ts';
import { listShippedReleases } from '../releases/shipped-snapshot.ts';

/**
 * Makes sure that there is a baseline to ask about: a database without any release gets the newest one that ships with
 * this program, and the shipped history where it has none. What somebody has loaded is never replaced.
 *
 * @returns the release that was loaded; null when there was a release already, or none ships
 * @throws SnoopDbError `not_allowed` when the database has no release, and this role may not load one
 */
export async function readyBaseline(pool: Pool): Promise<string | null> {
  const { loaded, mayLoad, history } = await look(pool);
  // A role that may only read asks of what is there.
  if (mayLoad && !history) await loadHistory(pool);
  if (loaded.some(({ forQuestions }) => !forQuestions)) return null;
  const newest = (await listShippedReleases()).at(-1);
  if (newest === undefined) return null;
  if (!mayLoad) throw refuse('No release is loaded', newest);
  await loadBaseline(pool, newest);
  return newest;
}

/**
 * Makes sure that the releases that a question names are there, as far as they ship with this program. The baseline in
 * use stays what it is. What somebody has loaded is never replaced.
 *
 * @param wanted any spelling
 * @returns those that were loaded
 * @throws SnoopDbError `bad_release`; `not_allowed` when one has to be loaded, and this role may not
 */
export async function readyReleases(pool: Pool, wanted: readonly string[]): Promise<string[]> {
  const releases = new Set(wanted.map(normalizeRelease));
  const { loaded, mayLoad, history } = await look(pool);
  const shipped = await listShippedReleases();
  const missing = [...releases].filter(
    (release) => shipped.includes(release) && !loaded.some((one) => one.release === release),
  );
  for (const release of missing) {
    if (!mayLoad) throw refuse(`Release ${release} is not loaded`, release);
    await loadBaseline(pool, release, { forQuestions: true });
  }
  if (missing.length > 0 && !history) await loadHistory(pool);
  return missing;
}

/** What a database holds, and whether this role may put more into it. */
interface Holdings {
  readonly loaded: readonly { readonly release: string; readonly forQuestions: boolean }[];
  readonly history: boolean;
  readonly mayLoad: boolean;
}

async function look(pool: Pool): Promise<Holdings> {
  const found = await pool.query<Holdings>(
    `select coalesce(
              (select json_agg(json_build_object('release', release, 'forQuestions', for_questions))
                 from public.release_data), '[]') as loaded,
            not current_setting('transaction_read_only')::boolean
              and has_table_privilege('public.release_data', 'insert') as "mayLoad",
            exists (select from conformance.history_data) as history`,
  );
  return found.rows[0] ?? { loaded: [], history: false, mayLoad: false };
}

function refuse(what: string, release: string): SnoopDbError {
  return new SnoopDbError(
    'not_allowed',
    `${what} in this SnoopDB, and its role may not load it. As the owner of its schemas: snoop load baseline ${release} --database-url URL.`,
  );
}
