import { writeFitted } from '../../output/wrap.ts';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { formatJson } from '../../output/control-characters.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags, outputFlag } from '../../command-line/flags.ts';
import { rebuildDatabase } from '@snoop/snoopdb';

const flags = { output: outputFlag(['text', 'json']), ...databaseFlags };

export const command = defineCommand({
  name: 'snoop db rebuild',
  title: 'recompute hits from the stored events',
  usage: ['snoop db rebuild [options]'],
  about: `
Meanwhile the auditlogger stores no events; a kube-apiserver retries for about four minutes, then loses them.`,
  flags,
  environment: databaseEnvironment,
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
    else if (added + deleted + tested + quota === 0)
      context.stdout.write('Everything was right; nothing was changed.\n');
    else {
      writeFitted(
        context.stdout,
        `Hits added: ${added}, deleted: ${deleted}. Corrected: ${tested} tested endpoints, ${quota} counts.\n`,
      );
    }
    return 0;
  });
}
