import { writeFitted } from '../../output/wrap.ts';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { SnoopError } from '../../errors.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import { grantWorkbenchRole, loadNeededReleases, workbenchRole } from '@snoop/snoopdb';

export const command = defineCommand({
  name: 'snoop db grant',
  title: 'create the role snoop_workbench, for a workbench that cannot change evidence',
  usage: ['snoop db grant [options]'],
  about: `
Run it as the owner of the schemas, with CREATEROLE unless the role exists. The role can read everything and add runs,
but not change events, hits and releases; only 'snoop db reset-live' changes settled runs. Safe to run again. Asks for
the role's password, or reads it from the environment; an empty one keeps the role's password.`,
  flags: databaseFlags,
  environment: {
    SNOOP_WORKBENCH_PASSWORD: 'the password of the role',
    ...databaseEnvironment,
  },
  examples: 'DATABASE_URL="$(cat owner-url)" snoop db grant',
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop db grant' }, async ({ pool }) => {
    const password = context.environment.workbenchPassword ?? (await askPassword(context, workbenchRole));
    const { isNew } = await grantWorkbenchRole(pool, password);
    // The role cannot load releases.
    const [release] = await loadNeededReleases(pool, 'baseline');
    if (release !== undefined) context.progress.print(`baseline ${release} was loaded`);
    if (isNew && password === null) {
      context.progress.print('The new role has no password: set SNOOP_WORKBENCH_PASSWORD and run this again.');
    }
    writeFitted(
      context.stdout,
      `The role ${workbenchRole} ${isNew ? 'was created' : 'exists'}: it can read everything and add runs, but not change events, hits or releases.\n`,
    );
    return 0;
  });
}

/** Reads a password without echo. @returns null if it is empty or there is no terminal */
async function askPassword({ stderr, signal }: Context, role: string): Promise<string | null> {
  const { stdin } = process;
  if (stdin.isTTY !== true) return null;
  stderr.write(`Password of ${role} (empty: unchanged): `);
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
