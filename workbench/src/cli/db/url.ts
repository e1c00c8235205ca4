import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseOptions, parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';

/** Prints the address of the database in use: an answer for programs, with the password. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('db', args, databaseOptions);
  return withDatabase(context, values, { user: 'snoop db url' }, async ({ url, startedHere }) => {
    context.stdout.write(`${url}\n`);
    if (startedHere) {
      context.progress.say(
        "SnoopDB was started for this answer only and stops again; 'snoop up' keeps it running, 'snoop db psql' as long as you work in it.",
      );
    }
    return 0;
  });
}
