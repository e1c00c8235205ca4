import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseOptions, parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { writeJson } from '../../output/disarm.ts';
import { writeFitted } from '../../output/wrap.ts';

const options = { ...databaseOptions, output: { type: 'string' } } as const;

/** Makes hits so for the events that are held, and says what that changed. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('db', args, options);
  const { parseFormat } = await import('../../output/format.ts');
  const format = parseFormat(values.output, ['text', 'json']);
  return withDatabase(context, values, { user: 'snoop db rebuild' }, async ({ pool }) => {
    const { rebuildDatabase } = await import('@snoop/snoopdb');
    const rebuilt = await context.progress.step('rebuilding', () => rebuildDatabase(pool));
    const { added, deleted, tested, quota } = rebuilt;
    if (format === 'json') context.stdout.write(writeJson(rebuilt));
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
