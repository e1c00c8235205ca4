import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import type { TestOptions } from '../run/reported-run.ts';

export const help = `snoop test: run live tests and report which endpoints they hit

Usage: snoop test [files or folders ...] [options]

Without a file: all *.live.ts below the current folder. The tests run against the local control plane ('snoop up'); any
other cluster has to be named. The report comes when every request is recorded in SnoopDB; it is printed on stdout,
everything else on stderr.

Options:
  -t, --test-name PATTERN    only tests whose full name matches this regular expression
      --output FORMAT        text (default), json, markdown
      --passed-only          count only hits of tests that passed, and of the try that passed
  -w, --watch                run again at every save of a test file or of what one imports, until Ctrl-C; each is a run
                             of its own, with its report
      --author NAME          who is named in the report; may be given several times
      --namespace NAME       an existing namespace for all tests, which stays (default: each test gets one of its own)
      --timeout SECONDS      for each test and each hook that sets no timeout of its own (default: 60)
      --run-timeout SECONDS  for all tests of a run together (default: none): then they are ended, also one that computes
                             without a pause; what ran is kept and reported, and the run has failed
      --verbose              print API errors whole, with headers and bodies (default: one line each)
      --kubeconfig FILE      another cluster; its audit events must arrive in the SnoopDB in use
      --context NAME         the context of the kubeconfig
      --database-url URL     the SnoopDB of that cluster
      --wait SECONDS         how long to wait when no more events arrive (default: 15 locally, 45 elsewhere)
      --state DIR            the state folder

Environment:
  SNOOP_STATE, SNOOP_AUTHOR   as --state and --author; without an author it is user.name of git in the current folder,
                              else the login name
  SNOOP_NAMESPACE             as --namespace
  SNOOP_KUBECONFIG            the cluster, where no flag names one and none of snoop's runs; set inside a cluster
  DATABASE_URL                the SnoopDB of a cluster that is named with --kubeconfig or --context
  KUBECONFIG                  read only when --context names one of its contexts

Examples:
  snoop test                                       all live tests below here
  snoop test pods.live.ts -t 'Pod lifecycle'       one test of one file
  snoop test --output markdown > report.md
  snoop test --timeout 20 --run-timeout 300        as a CI may want it
  snoop test --watch --author ada --author grace   two who write together
  snoop test --context kind-snoop --database-url postgresql://apisnoop@localhost/apisnoop

Exit codes: 0 all passed and all recorded · 1 a test failed · 2 wrong use, or no test matches --test-name · 3 requests are not recorded
  with --watch: 130, ended by Ctrl-C
`;

/** Runs tests and prints their report. Missing evidence (3) beats a failed test (1): the report is not the whole truth. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values, positionals } = parseFlags(
    'test',
    args,
    {
      'test-name': { type: 'string', short: 't' },
      output: { type: 'string' },
      'passed-only': { type: 'boolean' },
      watch: { type: 'boolean', short: 'w' },
      author: { type: 'string', multiple: true },
      namespace: { type: 'string' },
      timeout: { type: 'string' },
      'run-timeout': { type: 'string' },
      verbose: { type: 'boolean' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      'database-url': { type: 'string' },
      wait: { type: 'string' },
      state: { type: 'string' },
    },
    true,
  );
  const { parseReportFormat } = await import('../report/print.ts');
  const format = parseReportFormat(values.output);
  const { parseSeconds, parseTimeout, parsePattern } = await import('../command-line/flag-values.ts');
  const waitMs = parseSeconds('--wait', values.wait);
  const testTimeoutMs = parseTimeout('--timeout', values.timeout);
  const runTimeoutMs = parseTimeout('--run-timeout', values['run-timeout']);
  const testNamePattern = parsePattern('--test-name', values['test-name']);

  const { environment, cwd, progress } = context;
  const { chooseAuthor } = await import('../run/authors.ts');
  const author = await chooseAuthor({ named: values.author, environment, cwd });
  const { resolveStateFolder } = await import('../state-folder.ts');
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  const testFiles = async (files: readonly string[], onFiles?: TestOptions['onFiles']): Promise<number> => {
    const { selectTarget } = await import('../cluster-choice/select-target.ts');
    const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
    const { testAndReport } = await import('../run/reported-run.ts');
    const { printRun } = await import('../command-line/print-run.ts');
    const options: TestOptions = {
      target,
      stateFolder,
      files,
      author,
      namespace: values.namespace ?? environment.namespace,
      verbose: values.verbose === true,
      databaseUrl: values['database-url'],
      passedOnly: values['passed-only'] === true,
      ...(testNamePattern && { testNamePattern }),
      ...(waitMs !== null && { waitMs }),
      ...(testTimeoutMs !== null && { testTimeoutMs }),
      ...(runTimeoutMs !== null && { runTimeoutMs }),
      ...(onFiles && { onFiles }),
    };
    return testAndReport(context, options, (tested) => printRun(context, tested, format));
  };
  const { findTestFiles } = await import('../vitest-run/test-files.ts');
  if (!values.watch) return testFiles(await findTestFiles(positionals, cwd));
  // A name that was mistyped would be waited for in vain; a folder without tests will get some.
  if (positionals.length > 0) await findTestFiles(positionals, cwd, { mayBeNone: true });
  const { keepTesting } = await import('../watch/keep-testing.ts');
  const { explain } = await import('../command-line/explain.ts');
  await keepTesting({
    named: positionals,
    cwd,
    run: testFiles,
    onError: async (error) => progress.say(`snoop: ${(await explain(error)).text}`),
    say: progress.say,
    signal: context.signal,
  });
  return 0;
}
