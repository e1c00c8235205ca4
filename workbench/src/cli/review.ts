import type { RunDocument } from '@snoop/snoopdb';
import { defineCommand, type Given, switchFlag, valueFlag } from '@snoop/snoopdb/command-line';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { parseCount, parseTimeout } from '../command-line/flag-values.ts';
import { clusterFlags, databaseFlags, outputFlag, runFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { escapeControlCharacters, formatJson } from '../output/control-characters.ts';
import { askConsent, requireTerminal } from '../review/ask-consent.ts';
import { reviewByRunning, reviewOnPaper } from '../review/perform-review.ts';
import { readReviewInput } from '../review/read-input.ts';
import type { ReviewInput } from '../review/review-input.ts';
import { createReviewJson } from '../review/review-json.ts';
import { formatReview } from '../review/review-markdown.ts';
import { formatSources, type ListedSource } from '../review/source-listing.ts';
import { decideVerdict, exitCodes, type Review } from '../review/verdict.ts';
import { resolveStateFolder } from '../state-folder.ts';

const defaultRunSeconds = 900;
const clusterNames = { local: 'local control plane', kind: 'kind cluster', named: 'cluster' } as const;

const flags = {
  run: switchFlag('--run', 'run the tests again and compare every endpoint and answer'),
  yes: switchFlag('-y, --yes', 'with --run: do not ask; needed without a terminal'),
  repeat: valueFlag(
    '--repeat <N>',
    'with --run: run them so many times, to find flaky answers',
    parseRepeat,
  ).defaultsToWhat('1'),
  timeout: valueFlag(
    '--timeout <SECONDS>',
    'for each test and hook without its own timeout',
    parseTimeout,
  ).defaultsToWhat('60'),
  runTimeout: valueFlag('--run-timeout <SECONDS>', 'for a whole run', parseTimeout).defaultsToWhat(
    String(defaultRunSeconds),
  ),
  wait: runFlags.wait,
  output: outputFlag(['markdown', 'json']),
  ...clusterFlags,
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop review',
  title: 'check a ticket or an exported run; --run runs its tests again and compares',
  usage: ['snoop review <file | URL | -> [--run] [options]'],
  about: `
Without --run, nothing of the ticket runs: it is checked on paper, against itself and the release that it names, and the
source of its tests is printed on stderr. With --run, the tests run in a temporary folder and a separate process, without
your environment; the local control plane or kind cluster is used unless you name another. They are somebody else's
program: docs/review.md says what they can do, and how to look first. The answer on stdout is Markdown for a comment.`,
  flags,
  words: '<file>',
  environment: {
    DATABASE_URL: 'the SnoopDB of a cluster named with --kubeconfig or --context',
    KUBECONFIG: 'read only when --context names one of its contexts',
    SNOOP_NAMESPACE: 'an existing namespace for all tests; default: a new one for each',
  },
  examples: `
snoop review ticket.md                     # on paper, with the source
snoop review ticket.md --run               # shows the source, asks, compares
gh issue view 123 --json body -q .body | snoop review - --run --yes
snoop review run.json --run --repeat 3     # flaky?`,
  exitCodes: '0 confirmed, or consistent on paper · 1 different · 2 wrong use · 3 could not tell',
  run,
});

type Values = Given<typeof flags>['flags'];

async function run({ flags: values, words: [file = ''] }: Given<typeof flags>, context: Context): Promise<number> {
  checkFlags(values);
  if (values.run && !values.yes) {
    if (file === '-')
      throw wrongUse('Standard input holds the ticket, so it cannot hold your answer.', 'Use --run --yes, or a file.');
    requireTerminal(process);
  }
  const { cwd, signal, stdout, stderr } = context;
  const input = await readReviewInput(file, { cwd, stdin: process.stdin, signal });
  for (const document of input.runs) stderr.write(formatSources(listSources(document)));
  const review = values.run
    ? await reviewOnCluster(input, values, context)
    : await withDatabase(context, values, { user: 'snoop review', ifMissing: 'shipped data' }, (database) =>
        reviewOnPaper(input, database),
      );
  stdout.write(values.output === 'json' ? formatJson(createReviewJson(review)) : formatReview(review));
  return exitCodes[decideVerdict(review)];
}

function parseRepeat(value: string, flag: string): number {
  const count = parseCount(value, flag);
  if (count <= 100) return count;
  throw wrongUse(`${flag} takes a number from 1 to 100, not '${value}'.`);
}

function checkFlags({ run: runs, yes, repeat, timeout, runTimeout, wait, kubeconfig, context }: Values): void {
  if (runs) return;
  const given = {
    '--repeat': repeat,
    '--timeout': timeout,
    '--run-timeout': runTimeout,
    '--wait': wait,
    '--kubeconfig': kubeconfig,
    '--context': context,
  };
  const [flag] = Object.entries({ ...given, '--yes': yes || undefined }).find(([, value]) => value !== undefined) ?? [];
  if (flag !== undefined) throw wrongUse(`${flag} needs --run.`, "See 'snoop review --help'.");
}

/** Tests first, then what they import. */
function listSources({ files, tests }: RunDocument): ListedSource[] {
  const named = new Set(tests.map(({ file }) => file));
  const sources = files.flatMap(({ file, content }) => (content === null ? [] : [{ file, content }]));
  return [...sources.filter(({ file }) => named.has(file)), ...sources.filter(({ file }) => !named.has(file))];
}

async function reviewOnCluster(input: ReviewInput, values: Values, context: Context): Promise<Review> {
  const { cwd, progress, stderr, signal } = context;
  // Only the cluster of the state folder is used without being named.
  const environment = { ...context.environment, clusterKubeconfig: null };
  const stateFolder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = values;
  const target = await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress });
  const { server, user } = target;
  const named = `the ${clusterNames[target.kind]} ${server} (context ${target.context}, user ${user})`;
  const place = escapeControlCharacters(named);
  const isAgreed = async (): Promise<boolean> => {
    if (values.yes) {
      progress.print(`Running the tests on ${place}.`);
      return true;
    }
    return askConsent(`Run these tests of somebody else on ${place}?`, { stdin: process.stdin, stderr, signal });
  };
  return withDatabase(context, values, { user: 'snoop review', target }, (database) =>
    reviewByRunning(input, {
      ...{ target, database, context, askConsent: isAgreed },
      repeat: values.repeat ?? 1,
      waitMs: values.wait,
      testTimeoutMs: values.timeout,
      runTimeoutMs: values.runTimeout ?? defaultRunSeconds * 1000,
    }),
  );
}
