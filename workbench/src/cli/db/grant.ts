import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseOptions, parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { SnoopError } from '../../errors.ts';

/** Makes the role of a workbench that cannot rewrite evidence, and gives it its rights. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('db', args, databaseOptions);
  return withDatabase(context, values, { user: 'snoop db grant' }, async ({ pool }) => {
    const { grantWorkbench, readyReleases, workbenchRole } = await import('@snoop/snoopdb');
    const password = context.environment.workbenchPassword ?? (await askPassword(context, workbenchRole));
    const { isNew } = await grantWorkbench(pool, password);
    // The role may load none.
    const [release] = await readyReleases(pool, 'baseline');
    if (release !== undefined) context.progress.say(`baseline ${release} was loaded`);
    if (isNew && password === null) {
      context.progress.say('The new role has no password yet: set SNOOP_WORKBENCH_PASSWORD and grant again.');
    }
    context.stdout.write(
      `The role ${workbenchRole} ${isNew ? 'was made' : 'is there'}: it may read everything and add runs, and change neither events, hits nor releases.\n`,
    );
    return 0;
  });
}

/** Without an echo. @returns null when nothing was typed, or nobody is there to be asked */
async function askPassword({ stderr, signal }: Context, role: string): Promise<string | null> {
  const { stdin } = process;
  if (stdin.isTTY !== true) return null;
  stderr.write(`Password of ${role} (empty: as it is): `);
  stdin.setRawMode(true);
  let typed = '';
  try {
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n') return typed === '' ? null : typed;
        if (character === '\u0003' || signal.aborted) throw new SnoopError('interrupted', 'Nothing was granted.');
        typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character;
      }
    }
    return null;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
