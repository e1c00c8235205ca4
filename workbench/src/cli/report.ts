import type { Context } from '../context.ts';
import { defineCommand, switchFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags, indirectFlag, outputFlag } from '../command-line/flags.ts';
import { reportFormats } from '../report/print.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { prepareRun } from '../run/prepare-run.ts';
import { askRunCoverage } from '@snoop/snoopdb';
import { createReport } from '../report/report.ts';
import { writeReport } from '../command-line/print-run.ts';

const flags = {
  output: outputFlag(reportFormats),
  passedOnly: switchFlag('--passed-only', 'count only hits of tests that passed, and of the try that passed'),
  indirect: indirectFlag,
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop report',
  title: 'print the report of a run again',
  usage: ['snoop report [run] [options]'],
  about: `
The run is an id or a unique prefix (default: the newest). First stores runs from the state folder that could not be
stored when they ended, and resolves unresolved requests again. Starts SnoopDB temporarily if it does not run.`,
  flags,
  words: '[run]',
  environment: databaseEnvironment,
  examples: `
snoop report                       # the newest run
snoop report 20261121-0305         # the run with this prefix
snoop report --output markdown > report.md`,
  exitCodes: '0 reported · 2 no such run · 3 requests are not recorded, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [wanted] = positionals;
  const format = values.output;
  return withDatabase(context, values, { user: 'snoop report' }, async (database) => {
    const { stateFolder, target } = database;
    const runId = await prepareRun(wanted ?? null, { database, stateFolder, target, progress: context.progress });
    const coverage = await askRunCoverage(database.pool, runId, { passedOnly: values.passedOnly });
    const report = createReport(coverage, values.indirect);
    writeReport(context, report, format);
    return report.complete ? 0 : 3;
  });
}
