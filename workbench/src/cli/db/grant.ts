import { writeFitted } from '../../output/wrap.ts';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { SnoopError } from '../../errors.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../../command-line/flags.ts';
import { grantWorkbenchRole, loadNeededReleases, workbenchRole } from '@snoop/snoopdb';

/** `snoop db grant`: makes the role of a workbench that cannot rewrite evidence, and gives it its rights. */
export const command = defineCommand({
  name: 'snoop db grant',
  title: 'make the role snoop_workbench, for a workbench that cannot rewrite evidence',
  usage: ['snoop db grant [options]'],
  about: `
It takes the schemas' owner, and CREATEROLE unless the role is there. The role reads everything and adds runs; events,
hits and releases are not its own, and a run that is settled changes only by 'snoop db reset-live'. Safe to run again.
The role's password is asked for, or taken from the environment; without one, that of the role stays.`,
  flags: databaseFlags,
  environment: {
    SNOOP_WORKBENCH_PASSWORD: 'the password of the role',
    DATABASE_URL: 'the SnoopDB to work on when no local control plane runs',
  },
  examples: 'DATABASE_URL="$(cat owner-url)" snoop db grant',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db grant' }, async ({ pool }) => {
    const password = context.environment.workbenchPassword ?? (await askPassword(context, workbenchRole));
    const { isNew } = await grantWorkbenchRole(pool, password);
    // The role may load none.
    const [release] = await loadNeededReleases(pool, 'baseline');
    if (release !== undefined) context.progress.print(`baseline ${release} was loaded`);
    if (isNew && password === null) {
      context.progress.print('The new role has no password yet: set SNOOP_WORKBENCH_PASSWORD and grant again.');
    }
    writeFitted(
      context.stdout,
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
