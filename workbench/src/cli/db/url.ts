import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';

export const command = defineCommand({
  name: 'snoop db url',
  title: "print the database's URL, with the password",
  usage: ['snoop db url [options]'],
  flags: databaseFlags,
  environment: databaseEnvironment,
  examples: 'pg_dump "$(snoop db url)" > snoopdb.sql',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db url' }, async ({ url, startedHere }) => {
    context.stdout.write(`${url}\n`);
    if (startedHere) {
      context.progress.print(
        "SnoopDB was started only for this command and stops now; 'snoop up' keeps it running, 'snoop db psql' while you use it.",
      );
    }
    return 0;
  });
}
