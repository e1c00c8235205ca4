import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import { migrate } from '@snoop/snoopdb';

/** Other commands migrate too; this one prints the versions. */
export const command = defineCommand({
  name: 'snoop db migrate',
  title: "migrate the schema to this program's version",
  usage: ['snoop db migrate [options]'],
  flags: databaseFlags,
  environment: databaseEnvironment,
  examples: 'snoop db migrate',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db migrate', migrate: false }, async ({ pool }) => {
    const { from, to } = await context.progress.step('migrating the schema', () => migrate(pool));
    context.stdout.write(
      from === to
        ? `The schema already has version ${to}.\n`
        : `The schema was migrated from version ${from} to ${to}.\n`,
    );
    return 0;
  });
}
