import { type RequestedReleases, type Pool, loadNeededReleases } from '@snoop/snoopdb';
import { type DatabaseFlags, withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { type Answer, printAnswer } from '../output/answer.ts';
import type { TableFormat } from '../output/format.ts';
import { shouldUseColor } from '../output/paint.ts';
import type { Progress } from '../progress.ts';

export interface QuestionContext {
  readonly pool: Pool;
  /** Prints on stdout. */
  print(answer: Answer): void;
}

/**
 * Opens SnoopDB for a question and closes it.
 *
 * @param question.releases releases in question: missing ones are loaded if they ship; `baseline`: an empty database
 *   gets the newest shipped one
 * @returns the exit code that `work` returns
 */
export async function askDatabase(
  context: Context,
  flags: DatabaseFlags & { readonly output: TableFormat },
  question: { readonly user: string; readonly releases: RequestedReleases },
  work: (context: QuestionContext) => Promise<number>,
): Promise<number> {
  const format = flags.output;
  const { environment, progress, stdout } = context;
  return withDatabase(context, flags, { user: question.user, ifMissing: 'shipped data' }, async ({ pool }) => {
    await loadReleases(pool, question.releases, progress);
    const color = shouldUseColor(stdout, environment);
    const print = (answer: Answer): void => {
      printAnswer(stdout, answer, format, { color });
      if (format === 'csv') for (const warning of answer.warnings ?? []) progress.print(`Note: ${warning}`);
    };
    return work({ pool, print });
  });
}

async function loadReleases(pool: Pool, releases: RequestedReleases, progress: Progress): Promise<void> {
  const loaded = (await loadNeededReleases(pool, releases)).join(', ');
  if (loaded === '') return;
  const what = releases === 'baseline' ? `the baseline ${loaded}, because no release was loaded` : loaded;
  progress.print(`Loaded from this program's data: ${what}.`);
}
