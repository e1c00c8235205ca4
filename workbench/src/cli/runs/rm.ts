import { findRun, removeRun } from '@snoop/snoopdb';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { writeFitted } from '../../output/wrap.ts';

export const command = defineCommand({
  name: 'snoop runs rm',
  title: 'remove runs for good',
  usage: ['snoop runs rm <run...> [options]'],
  about: `
A run that ran here is removed with its audit events and the hits that only they prove, as by 'snoop db reset-live
--run'. All runs are found before the first one is removed.`,
  flags: databaseFlags,
  words: '<run...>',
  environment: databaseEnvironment,
  examples: `
snoop runs rm last
snoop runs rm 20261121-0305 20261122-1110`,
  exitCodes: '0 removed · 2 no such run, or wrong use · 3 could not do it',
  run,
});

async function run({ flags, words }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  const { signal, stdout, progress } = context;
  return withDatabase(context, flags, { user: 'snoop runs rm' }, async ({ pool }) => {
    const ids = new Set(await Promise.all(words.map((name) => findRun(pool, name))));
    for (const id of ids) {
      await progress.step(`removing ${id}`, () => removeRun(pool, id, { signal }));
      writeFitted(stdout, `Removed ${id}.\n`);
    }
    return 0;
  });
}
