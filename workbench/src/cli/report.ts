import { databaseOptions, parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';

export const help = `snoop report: print the report of a run again

Usage: snoop report [run] [options]

The run is given by its id or the beginning of one; without it, the newest is reported. Runs that could not be stored
when they ended are read from their journal in the state folder first, and requests that did not resolve then are
resolved again. SnoopDB is started for the time of the question when it does not run.

Options:
      --output FORMAT       text (default), json, markdown
      --passed-only         count only hits of tests that passed, and of the try that passed
      --database-url URL    another SnoopDB than the state folder's
      --state DIR           the state folder

Environment:
  SNOOP_STATE     as --state
  DATABASE_URL    the SnoopDB to ask when no local control plane runs

Examples:
  snoop report                                   the newest run
  snoop report 20261121-0305                     the run whose id begins like this
  snoop report --output markdown > report.md

Exit codes: 0 reported · 2 no such run · 3 requests are not recorded, or SnoopDB is away
`;

/** Prints a run's report. It says 3 when evidence is missing, as the run itself did. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const options = { output: { type: 'string' }, 'passed-only': { type: 'boolean' }, ...databaseOptions } as const;
  const { values, positionals } = parseFlags('report', args, options, true);
  const [wanted, ...more] = positionals;
  if (more.length > 0) {
    throw wrongUse(`snoop report prints one run, not ${positionals.length}.`, `snoop report ${wanted}`);
  }
  const { parseReportFormat } = await import('../report/print.ts');
  const format = parseReportFormat(values.output);
  const { withDatabase } = await import('../cluster-choice/with-database.ts');
  return withDatabase(context, values, { user: 'snoop report' }, async (database) => {
    const { stateFolder, target } = database;
    const { prepareRun } = await import('../run/prepare-run.ts');
    const runId = await prepareRun(wanted ?? null, { database, stateFolder, target, progress: context.progress });
    const { askRunCoverage } = await import('@snoop/snoopdb');
    const { createReport } = await import('../report/report.ts');
    const { writeReport } = await import('../command-line/print-run.ts');
    const report = createReport(
      await askRunCoverage(database.pool, runId, { passedOnly: values['passed-only'] === true }),
    );
    writeReport(context, report, format);
    return report.complete ? 0 : 3;
  });
}
