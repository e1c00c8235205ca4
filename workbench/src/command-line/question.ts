import { type RequestedReleases, type Pool, loadNeededReleases } from '@snoop/snoopdb';
import { type DatabaseFlags, withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { type Answer, printAnswer } from '../output/answer.ts';
import type { TableFormat } from '../output/format.ts';
import { shouldUseColor } from '../output/paint.ts';
import type { Progress } from '../progress.ts';

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
 */
export async function askDatabase(
  context: Context,
  flags: DatabaseFlags & { readonly output: TableFormat },
  question: { readonly user: string; readonly about: RequestedReleases },
  work: (asking: Asking) => Promise<number>,
): Promise<number> {
  const format = flags.output;
  const { environment, progress, stdout } = context;
  return withDatabase(context, flags, { user: question.user, ifMissing: 'shipped data' }, async ({ pool }) => {
    await makeReady(pool, question.about, progress);
    const color = shouldUseColor(stdout, environment);
    const print = (answer: Answer): void => {
      printAnswer(stdout, answer, format, { color });
      if (format === 'csv') for (const warning of answer.warnings ?? []) progress.print(`Note: ${warning}`);
    };
    return work({ pool, print });
  });
}

/** Loads what ships with this program and was asked for, and says so. */
async function makeReady(pool: Pool, about: RequestedReleases, progress: Progress): Promise<void> {
  const loaded = (await loadNeededReleases(pool, about)).join(', ');
  if (loaded === '') return;
  progress.print(
    about === 'baseline'
      ? `No release was loaded: the baseline ${loaded}, which ships with this program, was loaded now.`
      : `Loaded now, since it ships with this program: ${loaded}.`,
  );
}
