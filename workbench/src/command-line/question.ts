import type { AskedRelease, Pool } from '@snoop/snoopdb';
import type { SnoopDbError } from '@snoop/snoopdb';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import type { Answer } from '../output/answer.ts';
import type { TableFormat } from '../output/format.ts';

/** The flags that every question takes. */
export const questionOptions = {
  output: { type: 'string' },
  'database-url': { type: 'string' },
  state: { type: 'string' },
} as const;

/** The lines about these flags in a page of help. */
export const questionHelp = `  --output FORMAT         text (default), json, csv, markdown
  --database-url URL      another SnoopDB than the state folder's
  --state DIR             the state folder

Environment:
  SNOOP_STATE     as --state
  DATABASE_URL    the SnoopDB to ask when no local control plane runs
  NO_COLOR        no colours`;

export interface QuestionFlags {
  readonly output?: string | undefined;
  readonly 'database-url'?: string | undefined;
  readonly state?: string | undefined;
}

/** What a question has at hand. */
export interface Asking {
  readonly pool: Pool;
  /** Writes the answer on stdout. */
  print(answer: Answer): void;
}

/**
 * Opens SnoopDB for one question, and closes it again.
 *
 * @param needsBaseline whether an empty database gets the newest shipped baseline first; false when a release was named
 * @returns what `work` returned: the exit code
 * @throws SnoopError `unknown_format`; `bad_release` (exit 2) instead of the SnoopDbError of that code
 */
export async function askDatabase(
  context: Context,
  flags: QuestionFlags,
  question: { readonly user: string; readonly needsBaseline: boolean },
  work: (asking: Asking) => Promise<number>,
): Promise<number> {
  const { parseFormat, tableFormats } = await import('../output/format.ts');
  const format: TableFormat = parseFormat(flags.output, tableFormats);
  const { environment, cwd, progress, stdout } = context;
  const { resolveStateFolder } = await import('../control-plane/state-folder.ts');
  const stateFolder = resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
  const { findHomeTarget } = await import('../cluster-choice/select-target.ts');
  const { openDatabase } = await import('../cluster-choice/open-database.ts');
  const database = await openDatabase({
    target: await findHomeTarget(stateFolder),
    databaseUrl: flags['database-url'],
    environment,
    stateFolder,
    user: question.user,
    progress,
  });
  const { readyBaseline, SnoopDbError } = await import('@snoop/snoopdb');
  try {
    const loaded = question.needsBaseline ? await readyBaseline(database.pool) : null;
    if (loaded !== null) {
      progress.say(`No release was loaded: the baseline ${loaded}, which ships with this program, was loaded now.`);
    }
    const { printAnswer } = await import('../output/answer.ts');
    const { wantsColor } = await import('../output/paint.ts');
    const color = wantsColor(stdout, environment);
    const print = (answer: Answer): void => {
      printAnswer(stdout, answer, format, { color });
      if (format === 'csv') for (const warning of answer.warnings ?? []) progress.say(`Note: ${warning}`);
    };
    return await work({ pool: database.pool, print });
  } catch (error) {
    throw error instanceof SnoopDbError ? asWrongUse(error) : error;
  } finally {
    await database.release();
  }
}

/** What a person mistyped is wrong use; all else is something that could not be done. */
function asWrongUse(error: SnoopDbError): unknown {
  if (error.code !== 'bad_release' && error.code !== 'unknown_source') return error;
  return new SnoopError(error.code, error.message, { exitCode: 2, cause: error });
}

/** What a reader must know of a release before its figures. */
export function releaseFacts(release: AskedRelease): [name: string, value: string][] {
  const date = release.releaseDate === null ? ', in development' : ` of ${release.releaseDate}`;
  const facts: [string, string][] = [
    ['Release', `${release.release}${date}; ${release.coverageOrigin ?? 'no coverage is loaded'}`],
  ];
  for (const warning of releaseWarnings(release)) facts.push(['Note', warning]);
  return facts;
}

/** Why the figures of a release are not the whole truth. */
export function releaseWarnings({ release, incomplete }: Pick<AskedRelease, 'release' | 'incomplete'>): string[] {
  return incomplete === null ? [] : [`the data of ${release} is incomplete: ${incomplete}`];
}

/** What programs get to know of a release. */
export function releaseJson(release: AskedRelease): Record<string, string | null> {
  const { release: name, releaseDate, coverageOrigin, incomplete } = release;
  return { release: name, releaseDate, coverageOrigin, incomplete };
}
