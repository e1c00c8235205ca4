import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { normalizeRelease } from '../release.ts';
import { loadBaseline } from './baseline.ts';
import { loadHistory } from './history.ts';
import { listShippedReleases } from './shipped-snapshot.ts';

/** The releases that a question names, in any spelling; `baseline`: it names none, and asks about the one in use. */
export type AskedReleases = 'baseline' | readonly string[];

/**
 * Loads what a question needs and ships with this program. To be called before the question, which only reads. What
 * somebody has loaded is never replaced.
 *
 * For `baseline` a database without any release gets the newest one that ships, and the shipped history where it has
 * none. Of releases that are named, those that ship and are missing are loaded; the baseline in use stays what it is.
 *
 * @returns the releases that were loaded
 * @throws SnoopDbError `bad_release`; `not_allowed` when one has to be loaded, and this role may not
 */
export async function readyReleases(pool: Pool, about: AskedReleases): Promise<string[]> {
  const wanted = about === 'baseline' ? null : [...new Set(about.map(normalizeRelease))];
  const { loaded, mayLoad, history } = await look(pool);
  const shipped = await listShippedReleases();
  if (wanted !== null) {
    const missing = wanted.filter(
      (release) => shipped.includes(release) && !loaded.some((one) => one.release === release),
    );
    for (const release of missing) {
      if (!mayLoad) throw refuse(`Release ${release} is not loaded`, release);
      await loadBaseline(pool, release, { forQuestions: true });
    }
    if (missing.length > 0 && !history) await loadHistory(pool);
    return missing;
  }
  // A role that may only read asks of what is there.
  if (mayLoad && !history) await loadHistory(pool);
  const newest = shipped.at(-1);
  if (newest === undefined || loaded.some(({ forQuestions }) => !forQuestions)) return [];
  if (!mayLoad) throw refuse('No release is loaded', newest);
  await loadBaseline(pool, newest);
  return [newest];
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
