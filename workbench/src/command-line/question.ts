import type { AskedReleases, Pool, SnoopDbError } from '@snoop/snoopdb';
import type { DatabaseFlags } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import type { Answer } from '../output/answer.ts';
import type { TableFormat } from '../output/format.ts';
import type { Progress } from '../progress.ts';
import { databaseOptions } from './flags.ts';

/** The flags that every question takes. */
export const questionOptions = { output: { type: 'string' }, ...databaseOptions } as const;

/** The lines about these flags in a page of help. */
export const questionHelp = `  --output FORMAT         text (default), json, csv, markdown
  --database-url URL      another SnoopDB than the state folder's
  --state DIR             the state folder

Environment:
  SNOOP_STATE     as --state
  DATABASE_URL    the SnoopDB to ask when no local control plane runs
  XDG_CACHE_HOME  where a database with the shipped data is kept, which answers when there is no SnoopDB
  NO_COLOR        no colours`;

/** What a question has at hand. */
export interface Asking {
  readonly pool: Pool;
  /** Writes the answer on stdout. */
  print(answer: Answer): void;
}

/**
 * Opens SnoopDB for one question, and closes it again.
 *
 * @param question.about the releases that were named, of which those that ship are loaded when they are not there;
 *   `baseline`: an empty database gets the newest shipped one
 * @returns what `work` returned: the exit code
 * @throws SnoopError `unknown_format`; `bad_release` (exit 2) instead of the SnoopDbError of that code
 */
export async function askDatabase(
  context: Context,
  flags: DatabaseFlags & { readonly output?: string | undefined },
  question: { readonly user: string; readonly about: AskedReleases },
  work: (asking: Asking) => Promise<number>,
): Promise<number> {
  const { parseFormat, tableFormats } = await import('../output/format.ts');
  const format: TableFormat = parseFormat(flags.output, tableFormats);
  const { environment, progress, stdout } = context;
  const { withDatabase } = await import('../cluster-choice/with-database.ts');
  const { SnoopDbError } = await import('@snoop/snoopdb');
  return withDatabase(context, flags, { user: question.user, whenNone: 'shipped data' }, async ({ pool }) => {
    try {
      await makeReady(pool, question.about, progress);
      const { printAnswer } = await import('../output/answer.ts');
      const { wantsColor } = await import('../output/paint.ts');
      const color = wantsColor(stdout, environment);
      const print = (answer: Answer): void => {
        printAnswer(stdout, answer, format, { color });
        if (format === 'csv') for (const warning of answer.warnings ?? []) progress.say(`Note: ${warning}`);
      };
      return await work({ pool, print });
    } catch (error) {
      throw error instanceof SnoopDbError ? asWrongUse(error) : error;
    }
  });
}

/** Loads what ships with this program and was asked for, and says so. */
async function makeReady(pool: Pool, about: AskedReleases, progress: Progress): Promise<void> {
  const { readyReleases } = await import('@snoop/snoopdb');
  const loaded = (await readyReleases(pool, about)).join(', ');
  if (loaded === '') return;
  progress.say(
    about === 'baseline'
      ? `No release was loaded: the baseline ${loaded}, which ships with this program, was loaded now.`
      : `Loaded now, since it ships with this program: ${loaded}.`,
  );
}

/** What a person mistyped is wrong use; all else is something that could not be done. */
function asWrongUse(error: SnoopDbError): unknown {
  if (error.code !== 'bad_release' && error.code !== 'unknown_source') return error;
  return new SnoopError(error.code, error.message, { exitCode: 2, cause: error });
}
