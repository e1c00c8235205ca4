import type { Pool } from 'pg';
import { didYouMean } from '../command-line/nearest.ts';
import { SnoopDbError } from '../errors.ts';

/**
 * Finds a run by its id, a unique prefix of one, or as `last`, `last~1` (the one before), ….
 * @param idOrPrefix null: the newest run
 * @throws SnoopDbError `unknown_run` if none or several match; the message suggests runs
 */
export async function findRun(pool: Pool, idOrPrefix: string | null): Promise<string> {
  const found = await pool.query<{ id: string; isOwn: boolean }>(
    'select id, imported_at is null as "isOwn" from testing.run order by started_at desc, id desc',
  );
  const ids = found.rows.map((row) => row.id);
  const back = /^last(?:~(\d+))?$/.exec(idOrPrefix ?? 'last');
  if (back && !ids.includes(idOrPrefix ?? '')) {
    // Imported runs are other people's: `last` is the last one that ran here.
    return pickLast(
      found.rows.filter(({ isOwn }) => isOwn).map(({ id }) => id),
      Number(back[1] ?? 0),
      ids,
    );
  }
  if (idOrPrefix === null) throw new Error('A run without a name is the last one.');
  if (!ids.some((id) => id.startsWith(idOrPrefix))) await checkNotForgotten(pool, idOrPrefix);
  if (ids.length === 0) throw noRun();
  if (ids.includes(idOrPrefix)) return idOrPrefix;
  const matching = idOrPrefix === '' ? [] : ids.filter((id) => id.startsWith(idOrPrefix));
  const [only, ...others] = matching;
  if (only && others.length === 0) return only;
  if (only) {
    throw new SnoopDbError(
      'unknown_run',
      `"${idOrPrefix}" matches ${matching.length} runs: ${matching.slice(0, 3).join(', ')}${matching.length > 3 ? ' …' : ''}. Use a longer prefix.`,
    );
  }
  throw new SnoopDbError('unknown_run', `There is no run "${idOrPrefix}". ${suggestRuns(idOrPrefix, ids)}`);
}

function pickLast(own: readonly string[], back: number, all: readonly string[]): string {
  const chosen = own[back];
  if (chosen !== undefined) return chosen;
  if (own.length > 0) {
    throw new SnoopDbError(
      'unknown_run',
      `There is no run last~${back}: ${own.length} ran here, the oldest is last~${own.length - 1}.`,
    );
  }
  if (all.length === 0) throw noRun();
  throw new SnoopDbError('unknown_run', `No run ran here; all are imported. Name one: ${all.slice(0, 3).join(', ')}.`);
}

const noRun = (): SnoopDbError => new SnoopDbError('unknown_run', 'There is no run yet. Run a test first.');

/** @throws SnoopDbError `unknown_run` if such a run was removed by a reset, with the time */
async function checkNotForgotten(pool: Pool, idOrPrefix: string): Promise<void> {
  if (idOrPrefix === '') return;
  const found = await pool.query<{ run: string; forgotten_at: Date }>(
    `select run, forgotten_at from testing.forgotten where left(run, length($1)) = $1 order by forgotten_at desc limit 1`,
    [idOrPrefix],
  );
  const removal = found.rows[0];
  if (!removal) return;
  throw new SnoopDbError(
    'unknown_run',
    `The run "${removal.run}" was removed at ${removal.forgotten_at.toISOString()} by 'snoop db reset-live'. Run its tests again.`,
  );
}

/** Suggests similar runs, or else the newest. */
function suggestRuns(wanted: string, ids: readonly string[]): string {
  return didYouMean(findNearest(wanted, ids)) || `The newest: ${ids.slice(0, 3).join(', ')}.`;
}

/** Finds up to three ids that contain the text, or else share the longest prefix, of more than half of it; newest first. */
function findNearest(wanted: string, ids: readonly string[]): string[] {
  const common = (id: string): number => {
    if (wanted !== '' && id.includes(wanted)) return id.length;
    let length = 0;
    while (length < wanted.length && id[length] === wanted[length]) length += 1;
    return length;
  };
  return ids
    .filter((id) => common(id) * 2 > wanted.length)
    .sort((a, b) => common(b) - common(a))
    .slice(0, 3);
}
