import type { Context } from '../context.ts';
import { defineCommand, switchFlag, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import {
  databaseEnvironment,
  databaseFlags,
  indirectFlag,
  reportEnvironment,
  reportFlags,
} from '../command-line/flags.ts';
import { chooseReportOutputs } from '../command-line/report-outputs.ts';
import { chooseRequirements } from '../command-line/requirements.ts';
import { type DatabaseInUse, withDatabase } from '../cluster-choice/with-database.ts';
import { prepareRun } from '../run/prepare-run.ts';
import { type AgentWindow, askAgentCoverage, askRunCoverage, type RunCoverage } from '@snoop/snoopdb';
import { parseTime } from '../command-line/flag-values.ts';
import { wrongUse } from '../errors.ts';
import { createCheckedReport } from '../run/checked-report.ts';
import { printCheckedReport } from '../command-line/print-run.ts';

const flags = {
  ...reportFlags,
  passedOnly: switchFlag('--passed-only', 'count only hits of tests that passed, and of the try that passed'),
  indirect: indirectFlag,
  agent: valueFlag('--agent <AGENT>', 'events of agents with this prefix instead of a run; * matches any text'),
  since: valueFlag('--since <TIME>', 'with --agent: requests from then on, such as 10m ago', parseTime),
  until: valueFlag('--until <TIME>', 'with --agent: requests until then', parseTime).defaultsToWhat('now'),
  source: valueFlag('--source <SOURCE>', 'with --agent: only events of this cluster; * matches any text'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop report',
  title: 'print the report of a run again',
  usage: ['snoop report [run] [options]', 'snoop report --agent AGENT --since TIME [options]'],
  about: `
The run is an id, a unique prefix, last or last~1 (default: last). First stores runs from the state folder that could not be
stored when they ended, and resolves unresolved requests again. Starts SnoopDB temporarily if it does not run.
With --agent, it reports the live events of a program that no run recorded, by time and agent: not exact.`,
  flags,
  words: '[run]',
  environment: { ...databaseEnvironment, ...reportEnvironment },
  examples: `
snoop report                       # the newest run
snoop report 20261121-0305         # the run with this prefix
snoop report --output markdown > report.md
snoop report --output junit=report.xml --fail-under conformance:1
snoop report --agent 'e2e.test*' --since 10m`,
  exitCodes:
    '0 reported · 1 a check (--fail-under, --expect) failed · 2 no such run, no event of the agent · 3 requests are not recorded, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [wanted] = positionals;
  const outputs = chooseReportOutputs(values.output, context);
  const options = { countsIndirect: values.indirect, requirements: chooseRequirements(values) };
  const window = chooseWindow(values, wanted);
  return withDatabase(context, values, { user: 'snoop report' }, async (database) => {
    const coverage =
      window === null
        ? await readRun(values, wanted, database, context)
        : await askAgentCoverage(database.pool, window);
    return printCheckedReport(context, await createCheckedReport(database.pool, coverage, options), outputs);
  });
}

async function readRun(
  { passedOnly }: Given<typeof flags>['flags'],
  wanted: string | undefined,
  database: DatabaseInUse,
  { progress }: Context,
): Promise<RunCoverage> {
  const { stateFolder, target, pool } = database;
  const runId = await prepareRun(wanted ?? null, { database, stateFolder, target, progress });
  return askRunCoverage(pool, runId, { passedOnly });
}

/** null: a run. @throws SnoopError `wrong_use` */
function chooseWindow(
  { agent, since, until, source, passedOnly, indirect }: Given<typeof flags>['flags'],
  run: string | undefined,
): AgentWindow | null {
  if (agent === undefined) {
    const [flag] = Object.entries({ since, until, source }).find(([, value]) => value !== undefined) ?? [];
    if (flag !== undefined) throw wrongUse(`--${flag} needs --agent.`, "For example: --agent 'e2e.test*' --since 10m");
    return null;
  }
  if (run !== undefined) throw wrongUse('Use either a run or --agent.', "See 'snoop report --help'.");
  if (passedOnly || indirect) throw wrongUse('--passed-only and --indirect are for runs, not for --agent.');
  if (agent.trim() === '') throw wrongUse('--agent is empty.', "For example: --agent 'e2e.test*'");
  if (since === undefined) throw wrongUse('--agent needs --since.', "For example: --agent 'e2e.test*' --since 10m");
  const end = until ?? new Date();
  if (since < end) return { agent, since, until: end, source };
  throw wrongUse(`--since (${since.toISOString()}) is not before --until (${end.toISOString()}).`);
}
