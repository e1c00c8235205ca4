import type { Context } from '../context.ts';
import { testAndReport, type TestOptions } from '../run/reported-run.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { indirectFlag, reportEnvironment, reportFlags, runFlags } from '../command-line/flags.ts';
import { chooseReportOutputs } from '../command-line/report-outputs.ts';
import { chooseRequirements } from '../command-line/requirements.ts';
import { escapeLines } from '../output/control-characters.ts';
import { parseTimeout, parsePattern } from '../command-line/flag-values.ts';
import { chooseAuthor } from '../run/authors.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { clearTerminal, printRun, writeDifference } from '../command-line/print-run.ts';
import type { Report } from '../report/report.ts';
import { checkTypes } from '../typecheck/check-types.ts';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { keepTesting } from '../watch/keep-testing.ts';
import { explain } from '../command-line/explain.ts';

const flags = {
  testName: valueFlag(
    '-t, --test-name <PATTERN>',
    'only tests whose full name matches this regular expression',
    parsePattern,
  ),
  ...reportFlags,
  passedOnly: switchFlag('--passed-only', 'count only hits of tests that passed, and of the try that passed'),
  indirect: indirectFlag,
  watch: switchFlag(
    '-w, --watch',
    'run again when a test file or an import is saved, until Ctrl-C, and print first what changed',
  ),
  typecheck: switchFlag(
    '--typecheck',
    "check types first, with the project's TypeScript; run no test if they are wrong",
  ),
  namespace: valueFlag('--namespace <NAME>', 'an existing namespace for all tests; it is not deleted')
    .defaultsToWhat('a new namespace for each test')
    .from('SNOOP_NAMESPACE'),
  timeout: valueFlag(
    '--timeout <SECONDS>',
    'for each test and hook without its own timeout',
    parseTimeout,
  ).defaultsToWhat('60'),
  runTimeout: valueFlag(
    '--run-timeout <SECONDS>',
    'for a whole run: then all tests are stopped, even one in an endless loop, the run fails, and what ran is reported',
    parseTimeout,
  ),
  verbose: switchFlag('--verbose', 'print API errors with headers and bodies'),
  ...runFlags,
};

/** Missing evidence (3) goes before a failed test (1), because the report is incomplete. */
export const command = defineCommand({
  name: 'snoop test',
  title: 'run live tests and report which endpoints they hit',
  usage: ['snoop test [files or folders ...] [options]'],
  about: `
Without a file: all *.live.ts below the current folder. The tests run against the local control plane ('snoop up') or
the cluster that you name. When every request is recorded in SnoopDB, the report is printed on stdout; everything else
goes to stderr.`,
  flags,
  words: '[file...]',
  environment: {
    SNOOP_KUBECONFIG: 'the cluster if no flag names one and no local one runs; set inside a cluster',
    DATABASE_URL: 'the SnoopDB of a cluster named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts',
    ...reportEnvironment,
  },
  examples: `
snoop test                                       # all live tests below here
snoop test pods.live.ts -t 'Pod lifecycle'       # one test of one file
snoop test --output markdown > report.md
snoop test --output junit=report.xml --expect listCoreV1Pod   # for CI
snoop test --typecheck                           # checks types first
snoop test --timeout 20 --run-timeout 300
snoop test --watch --author ada --author grace   # two authors
snoop test --context kind-snoop \\
  --database-url postgresql://apisnoop@localhost/apisnoop`,
  exitCodes:
    '0 all passed and all recorded · 1 a test or a check (--fail-under, --expect) failed, or types are wrong · 2 wrong use, or no test matches --test-name · 3 requests are not recorded; with --watch: 130, ended by Ctrl-C',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const outputs = chooseReportOutputs(values.output, context);
  const requirements = chooseRequirements(values);
  const { wait: waitMs, timeout: testTimeoutMs, runTimeout: runTimeoutMs, testName: testNamePattern } = values;

  const { environment, cwd, progress } = context;
  const author = await chooseAuthor({ named: values.author, environment, cwd });
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  let previous: Report | null = null;
  const testFiles = async (files: readonly string[], onFiles?: TestOptions['onFiles']): Promise<number> => {
    if (values.typecheck && !(await areTypesCorrect(files, context, onFiles))) return 1;
    const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
    const options: TestOptions = {
      target,
      stateFolder,
      files,
      author,
      namespace: values.namespace ?? environment.namespace,
      verbose: values.verbose,
      databaseUrl: values.databaseUrl,
      passedOnly: values.passedOnly,
      countsIndirect: values.indirect,
      requirements,
      ...(testNamePattern && { testNamePattern }),
      ...(waitMs !== undefined && { waitMs }),
      ...(testTimeoutMs !== undefined && { testTimeoutMs }),
      ...(runTimeoutMs !== undefined && { runTimeoutMs }),
      ...(onFiles && { onFiles }),
    };
    return testAndReport(context, options, (tested) => {
      if (previous !== null) writeDifference(context, previous, tested.report, outputs);
      if (values.watch) previous = tested.report;
      return printRun(context, tested, outputs);
    });
  };
  if (!values.watch) return testFiles(await findTestFiles(positionals, cwd));
  // Refuse mistyped names; folders may still be empty.
  if (positionals.length > 0) await findTestFiles(positionals, cwd, { mayBeEmpty: true });
  await keepTesting({
    named: positionals,
    cwd,
    run: testFiles,
    onError: (error) => progress.print(`snoop: ${explain(error).text}`),
    print: progress.print,
    clear: () => clearTerminal(context, outputs),
    signal: context.signal,
  });
  return 0;
}

async function areTypesCorrect(
  files: readonly string[],
  context: Context,
  onFiles: TestOptions['onFiles'],
): Promise<boolean> {
  const { cwd, environment, progress, signal, stderr } = context;
  const options = { files, cwd, environment: environment.forPrograms, signal };
  const check = await progress.step('Checking types', () => checkTypes(options));
  if (check.messages === '') return true;
  // A watch waits for a save of one of them, or of a new one.
  onFiles?.(check.files, false);
  stderr.write(escapeLines(check.messages));
  progress.print('The types are wrong; no test was run.');
  return false;
}
