import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../find-program.ts';
import { runPsql } from '../../sql-prompt/psql.ts';
import { defineCommand, listFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../../command-line/flags.ts';
import { runPrompt } from '../../sql-prompt/prompt.ts';

const flags = { command: listFlag('-c, --command <SQL>', 'run this and end'), ...databaseFlags };

/** `snoop db psql`: psql, or our own prompt where there is none. Answers 0: it went well; 3: psql says it did not. */
export const command = defineCommand({
  name: 'snoop db psql',
  title: 'psql on the database in use; where there is no psql, a small prompt of its own',
  usage: ['snoop db psql [-c SQL ...] [options] [-- ARGS]'],
  about: `
Hands the terminal over; the password goes by the environment, not on the command line. ARGS are for psql.`,
  flags,
  handsOn: true,
  environment: {
    DATABASE_URL: 'the SnoopDB to work on when no local control plane runs',
    PATH: 'where psql is looked for',
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
      context.progress.print(`There is no psql on the PATH, and the prompt of snoop takes no '${handedOn.join(' ')}'.`);
      return 3;
    }
    return runPrompt(pool, commands, context);
  });
}
