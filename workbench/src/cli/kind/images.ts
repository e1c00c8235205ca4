import { wrongUse } from '../../errors.ts';
import type { Context } from '../../context.ts';
import { parseFlags } from '../../command-line/flags.ts';

/** @returns 0: all are built; their names are the answer */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { positionals } = parseFlags('kind', args, {}, true);
  if (positionals.length > 0) {
    throw wrongUse(
      `snoop kind images builds all of them, and got ${positionals.join(', ')}.`,
      "'snoop kind --help' explains all.",
    );
  }
  const { buildImages, ownImages } = await import('../../kind/images.ts');
  const { environment, progress, signal } = context;
  await buildImages({ environment, progress, signal, onCommand: (command) => progress.say(`+ ${command}`) });
  for (const { reference } of ownImages) context.stdout.write(`${reference}\n`);
  return 0;
}
