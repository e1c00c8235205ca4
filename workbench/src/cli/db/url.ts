import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../../command-line/flags.ts';

/** `snoop db url`: prints the address of the database in use, with the password: an answer for programs. */
export const command = defineCommand({
  name: 'snoop db url',
  title: 'print its address, with the password',
  usage: ['snoop db url [options]'],
  flags: databaseFlags,
  environment: { DATABASE_URL: 'the SnoopDB to work on when no local control plane runs' },
  examples: 'pg_dump "$(snoop db url)" > snoopdb.sql',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db url' }, async ({ url, startedHere }) => {
    context.stdout.write(`${url}\n`);
    if (startedHere) {
      context.progress.print(
        "SnoopDB was started for this answer only and stops again; 'snoop up' keeps it running, 'snoop db psql' as long as you work in it.",
      );
    }
    return 0;
  });
}
