import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { normalizeRelease } from '../release.ts';
import { loadBaseline } from './baseline.ts';
import { loadHistory } from './history.ts';
import { defaultBaseline, listShippedReleases } from './shipped-snapshot.ts';

/**
 * The releases that a question names, in any spelling; `baseline` if it names none and asks about the baseline in use.
 */
export type RequestedReleases = 'baseline' | readonly string[];

/**
 * Loads the shipped data that a question needs. Call it before the question, which only reads. Never replaces a user's
 * data.
 *
 * For `baseline`, a database without a release gets {@link defaultBaseline}, and the shipped history. Otherwise the
 * named releases that ship and are missing are loaded; the baseline in use stays.
 *
 *
 * @returns the loaded releases
 * @throws SnoopDbError `bad_release`; `not_allowed` if the role may not load a missing one
 */
export async function loadNeededReleases(pool: Pool, about: RequestedReleases): Promise<string[]> {
  const wanted = about === 'baseline' ? null : [...new Set(about.map(normalizeRelease))];
  const { loaded, mayLoad, history } = await readHoldings(pool);
  const shipped = await listShippedReleases();
  if (wanted !== null) {
    const missing = wanted.filter(
      (release) => shipped.includes(release) && !loaded.some((one) => one.release === release),
    );
    for (const release of missing) {
      if (!mayLoad) throw createNotAllowed(`Release ${release} is not loaded`, release);
      await loadBaseline(pool, release, { forQuestions: true });
    }
    if (missing.length > 0 && !history) await loadHistory(pool);
    return missing;
  }
  // A read-only role gets answers from what is loaded.
  if (mayLoad && !history) await loadHistory(pool);
  if (loaded.some(({ forQuestions }) => !forQuestions)) return [];
  if (!mayLoad) throw createNotAllowed('No release is loaded', defaultBaseline);
  await loadBaseline(pool, defaultBaseline);
  return [defaultBaseline];
}

/** What a database has loaded, and whether this role may load more. */
interface Holdings {
  readonly loaded: readonly { readonly release: string; readonly forQuestions: boolean }[];
  readonly history: boolean;
  readonly mayLoad: boolean;
}

async function readHoldings(pool: Pool): Promise<Holdings> {
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

function createNotAllowed(what: string, release: string): SnoopDbError {
  return new SnoopDbError(
    'not_allowed',
    `${what} in this SnoopDB, and this role may not load it. As the owner, run: snoop load baseline ${release} --database-url URL.`,
  );
}
