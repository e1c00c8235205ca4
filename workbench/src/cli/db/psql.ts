import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../find-program.ts';
import { runPsql } from '../../sql-prompt/psql.ts';
import { defineCommand, listFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import { runPrompt } from '../../sql-prompt/prompt.ts';

const flags = { command: listFlag('-c, --command <SQL>', 'run this and exit'), ...databaseFlags };

export const command = defineCommand({
  name: 'snoop db psql',
  title: 'psql on the database in use, or a small built-in prompt if there is no psql',
  usage: ['snoop db psql [-c SQL ...] [options] [-- ARGS]'],
  about: `
ARGS are passed to psql. It gets the password in its environment, not on its command line.`,
  flags,
  handsOn: true,
  environment: {
    ...databaseEnvironment,
    PATH: 'where to find psql',
  },
  examples: `
snoop db psql
snoop db psql -c 'select * from testing.endpoint_hit_by_new_test'
echo 'select * from describe_relations();' | snoop db psql`,
  exitCodes: '0 done · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values, handedOn }: Given<typeof flags>, context: Context): Promise<number> {
  const commands = values.command ?? [];
  return withDatabase(context, values, { user: 'snoop db psql' }, async ({ pool, url }) => {
    const { path, forPrograms } = context.environment;
    const psql = findProgram('psql', path);
    if (psql !== null) {
      return runPsql(psql, [...commands.flatMap((sql) => ['-c', sql]), ...handedOn], url, forPrograms);
    }
    if (handedOn.length > 0) {
      context.progress.print(`psql is not on the PATH, and snoop's own prompt takes no '${handedOn.join(' ')}'.`);
      return 3;
    }
    return runPrompt(pool, commands, context);
  });
}
