import { findInputs, importRun, readJsonDocument } from '@snoop/snoopdb';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import type { Context } from '../../context.ts';
import { wrongUse } from '../../errors.ts';
import { writeFitted } from '../../output/wrap.ts';

export const command = defineCommand({
  name: 'snoop runs import',
  title: 'add a run that was exported from another SnoopDB',
  usage: ['snoop runs import <file> [options]'],
  about: `
'snoop report' prints the same report as where it ran; lists mark it as imported. It changes no live table and no figure
of other runs. A file may be gzipped; '-' reads standard input, and a URL is downloaded. The document's digest reveals
damage, not forgery: import only from people you trust.`,
  flags: databaseFlags,
  words: '<file>',
  environment: databaseEnvironment,
  examples: `
snoop runs import run.json
ssh grace snoop runs export last | snoop runs import -`,
  exitCodes: '0 imported, or already there · 2 not a whole run document, or wrong use · 3 SnoopDB does not answer',
  run,
});

async function run({ flags, words: [file = ''] }: Given<typeof databaseFlags>, context: Context): Promise<number> {
  const { cwd, stdout, signal } = context;
  const [input, ...others] = await findInputs(file, { cwd, stdin: process.stdin, pipedTo: 'snoop runs import -' });
  if (!input || others.length > 0) throw wrongUse(`${file} is a folder.`, 'snoop runs import takes one file.');
  const { name, value } = await readJsonDocument(input, { signal });
  return withDatabase(context, flags, { user: 'snoop runs import' }, async ({ pool }) => {
    const { id, isNew } = await importRun(pool, name, value);
    writeFitted(
      stdout,
      isNew ? `Imported ${id}. Its report: snoop report ${id}\n` : `The run ${id} was already there.\n`,
    );
    return 0;
  });
}
