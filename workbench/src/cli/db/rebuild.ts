import { writeFitted } from '../../output/wrap.ts';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { formatJson } from '../../output/control-characters.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags, outputFlag } from '../../command-line/flags.ts';
import { rebuildDatabase } from '@snoop/snoopdb';

const flags = { output: outputFlag(['text', 'json']), ...databaseFlags };

/** `snoop db rebuild`: makes hits so for the events that are held, and says what that changed. */
export const command = defineCommand({
  name: 'snoop db rebuild',
  title: 'make hits so for the events that are held',
  usage: ['snoop db rebuild [options]'],
  about: `
No events are taken while it runs: a kube-apiserver sends them again for about four minutes, then they are lost.`,
  flags,
  environment: { DATABASE_URL: 'the SnoopDB to work on when no local control plane runs' },
  examples: 'snoop db rebuild',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  return withDatabase(context, values, { user: 'snoop db rebuild' }, async ({ pool }) => {
    const rebuilt = await context.progress.step('rebuilding', () => rebuildDatabase(pool));
    const { added, deleted, tested, quota } = rebuilt;
    if (format === 'json') context.stdout.write(formatJson(rebuilt));
    else if (added + deleted + tested + quota === 0) context.stdout.write('All was right: nothing was changed.\n');
    else {
      writeFitted(
        context.stdout,
        `Hits added: ${added}, deleted: ${deleted}. Put right: ${tested} tested endpoints, ${quota} counts.\n`,
      );
    }
    return 0;
  });
}
