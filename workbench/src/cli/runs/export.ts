import { exportRun } from '@snoop/snoopdb';
import { defineCommand, type Given, switchFlag } from '@snoop/snoopdb/command-line';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { formatJson } from '../../output/control-characters.ts';
import { prepareRun } from '../../run/prepare-run.ts';

const flags = {
  bodies: switchFlag('--bodies', 'with the JSON bodies of requests and answers (secrets are replaced by their length)'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop runs export',
  title: 'write a run as one JSON document, for another SnoopDB',
  usage: ['snoop runs export [run] [options]'],
  about: `
The document has all that the report needs, and the source of the tests. Its JSON Schema is
snoopdb/schemas/run.schema.json.`,
  flags,
  words: '[run]',
  environment: databaseEnvironment,
  examples: `
snoop runs export > run.json              # the last run
snoop runs export last~1 --bodies > run.json`,
  exitCodes: '0 written · 2 no such run · 3 SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: [wanted] }: Given<typeof flags>, context: Context): Promise<number> {
  return withDatabase(context, values, { user: 'snoop runs export' }, async (database) => {
    const { stateFolder, target, pool } = database;
    const id = await prepareRun(wanted ?? null, { database, stateFolder, target, progress: context.progress });
    context.stdout.write(formatJson(await exportRun(pool, id, { bodies: values.bodies })));
    return 0;
  });
}
