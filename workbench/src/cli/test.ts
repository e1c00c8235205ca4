import type { Context } from '../context.ts';
import { testAndReport, type TestOptions } from '../run/reported-run.ts';
import { defineCommand, listFlag, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { outputFlag, stateFlags } from '../command-line/flags.ts';
import { reportFormats } from '../report/print.ts';
import { parseSeconds, parseTimeout, parsePattern } from '../command-line/flag-values.ts';
import { chooseAuthor } from '../run/authors.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { printRun } from '../command-line/print-run.ts';
import { findTestFiles } from '../vitest-run/test-files.ts';
import { keepTesting } from '../watch/keep-testing.ts';
import { explain } from '../command-line/explain.ts';

const flags = {
  testName: valueFlag(
    '-t, --test-name <PATTERN>',
    'only tests whose full name matches this regular expression',
    parsePattern,
  ),
  output: outputFlag(reportFormats),
  passedOnly: switchFlag('--passed-only', 'count only hits of tests that passed, and of the try that passed'),
  watch: switchFlag(
    '-w, --watch',
    'run again at every save of a test file or of what one imports, until Ctrl-C; each is a run of its own, with its report',
  ),
  author: listFlag('--author <NAME>', 'who is named in the report')
    .defaultsToWhat('user.name of git in the current folder, else the login name')
    .from('SNOOP_AUTHOR'),
  namespace: valueFlag('--namespace <NAME>', 'an existing namespace for all tests, which stays')
    .defaultsToWhat('each test gets one of its own')
    .from('SNOOP_NAMESPACE'),
  timeout: valueFlag(
    '--timeout <SECONDS>',
    'for each test and each hook that sets no timeout of its own',
    parseTimeout,
  ).defaultsToWhat('60'),
  runTimeout: valueFlag(
    '--run-timeout <SECONDS>',
    'for all tests of a run together: then they are ended, also one that computes without a pause; what ran is kept and ' +
      'reported, and the run has failed',
    parseTimeout,
  ),
  verbose: switchFlag('--verbose', 'print API errors whole, with headers and bodies, not in one line'),
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'another cluster; its audit events must arrive in the SnoopDB in use'),
  context: valueFlag('--context <NAME>', 'the context of the kubeconfig'),
  databaseUrl: valueFlag('--database-url <URL>', 'the SnoopDB of that cluster'),
  wait: valueFlag('--wait <SECONDS>', 'how long to wait when no more events arrive', parseSeconds).defaultsToWhat(
    '15 locally, 45 elsewhere',
  ),
  ...stateFlags,
};

/**
 * `snoop test`: runs tests and prints their report. Missing evidence (3) beats a failed test (1): the report is not the
 * whole truth.
 */
export const command = defineCommand({
  name: 'snoop test',
  title: 'run live tests and report which endpoints they hit',
  usage: ['snoop test [files or folders ...] [options]'],
  about: `
Without a file: all *.live.ts below the current folder. The tests run against the local control plane ('snoop up'); any
other cluster has to be named. The report comes when every request is recorded in SnoopDB; it is printed on stdout,
everything else on stderr.`,
  flags,
  words: '[file...]',
  environment: {
    SNOOP_KUBECONFIG: "the cluster, where no flag names one and none of snoop's runs; set inside a cluster",
    DATABASE_URL: 'the SnoopDB of a cluster that is named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts',
  },
  examples: `
snoop test                                       # all live tests below here
snoop test pods.live.ts -t 'Pod lifecycle'       # one test of one file
snoop test --output markdown > report.md
snoop test --timeout 20 --run-timeout 300        # as a CI may want it
snoop test --watch --author ada --author grace   # two who write together
snoop test --context kind-snoop \\
  --database-url postgresql://apisnoop@localhost/apisnoop`,
  exitCodes:
    '0 all passed and all recorded · 1 a test failed · 2 wrong use, or no test matches --test-name · 3 requests are not recorded; with --watch: 130, ended by Ctrl-C',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  const { wait: waitMs, timeout: testTimeoutMs, runTimeout: runTimeoutMs, testName: testNamePattern } = values;

  const { environment, cwd, progress } = context;
  const author = await chooseAuthor({ named: values.author, environment, cwd });
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  const testFiles = async (files: readonly string[], onFiles?: TestOptions['onFiles']): Promise<number> => {
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
      ...(testNamePattern && { testNamePattern }),
      ...(waitMs !== undefined && { waitMs }),
      ...(testTimeoutMs !== undefined && { testTimeoutMs }),
      ...(runTimeoutMs !== undefined && { runTimeoutMs }),
      ...(onFiles && { onFiles }),
    };
    return testAndReport(context, options, (tested) => printRun(context, tested, format));
  };
  if (!values.watch) return testFiles(await findTestFiles(positionals, cwd));
  // A name that was mistyped would be waited for in vain; a folder without tests will get some.
  if (positionals.length > 0) await findTestFiles(positionals, cwd, { mayBeEmpty: true });
  await keepTesting({
    named: positionals,
    cwd,
    run: testFiles,
    onError: (error) => progress.print(`snoop: ${explain(error).text}`),
    print: progress.print,
    signal: context.signal,
  });
  return 0;
}
