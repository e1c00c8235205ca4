import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../../command-line/flags.ts';
import { migrate } from '@snoop/snoopdb';

/** `snoop db migrate`: every command brings the schema to this program's version; this one says what it did. */
export const command = defineCommand({
  name: 'snoop db migrate',
  title: "bring the schema to this program's version",
  usage: ['snoop db migrate [options]'],
  flags: databaseFlags,
  environment: { DATABASE_URL: 'the SnoopDB to work on when no local control plane runs' },
  examples: 'snoop db migrate',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db migrate', migrate: false }, async ({ pool }) => {
    const { from, to } = await context.progress.step('bringing the schema up to date', () => migrate(pool));
    context.stdout.write(
      from === to ? `The schema has version ${to} already.\n` : `The schema went from version ${from} to ${to}.\n`,
    );
    return 0;
  });
}
