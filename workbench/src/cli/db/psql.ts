import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseOptions, parseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../find-program.ts';
import { runPsql } from '../../sql-prompt/psql.ts';

const options = { ...databaseOptions, command: { type: 'string', short: 'c', multiple: true } } as const;

/** psql on the database in use, or our own prompt where there is none. @returns 0: it went well; 3: psql says it did not */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const at = args.indexOf('--');
  const own = at < 0 ? args : args.slice(0, at);
  const handedOn = at < 0 ? [] : args.slice(at + 1);
  const { values } = parseFlags('db', own, options);
  const commands = values.command ?? [];
  return withDatabase(context, values, { user: 'snoop db psql' }, async ({ pool, url }) => {
    const { path, forPrograms } = context.environment;
    const psql = findProgram('psql', path);
    if (psql !== null) {
      return runPsql(psql, [...commands.flatMap((sql) => ['-c', sql]), ...handedOn], url, forPrograms);
    }
    if (handedOn.length > 0) {
      context.progress.say(`There is no psql on the PATH, and the prompt of snoop takes no '${handedOn.join(' ')}'.`);
      return 3;
    }
    const { runPrompt } = await import('../../sql-prompt/prompt.ts');
    return runPrompt(pool, commands, context);
  });
}
