import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseOptions, parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';

/** Brings the schema to this program's version. Every command does so too; this one says what it did. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('db', args, databaseOptions);
  return withDatabase(context, values, { user: 'snoop db migrate', migrate: false }, async ({ pool }) => {
    const { migrate } = await import('@snoop/snoopdb');
    const { from, to } = await context.progress.step('bringing the schema up to date', () => migrate(pool));
    context.stdout.write(
      from === to ? `The schema has version ${to} already.\n` : `The schema went from version ${from} to ${to}.\n`,
    );
    return 0;
  });
}
