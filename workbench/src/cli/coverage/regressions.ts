import { findRegressions } from '@snoop/snoopdb';
import { findNewlyFailing } from '../../audit-run/compare-suites.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../../command-line/flags.ts';
import { askDatabase } from '../../command-line/question.ts';
import type { Context } from '../../context.ts';
import { extractRelease, readDataSet } from '../../coverage-files/data-set.ts';
import { readIgnoredLosses } from '../../coverage-files/ignored-losses.ts';
import { describeRegressions } from './describe-regressions.ts';

const flags = {
  conformance: switchFlag('--conformance', 'also fail for an endpoint that only lost its conformance tests'),
  ignore: valueFlag('--ignore <FILE>', 'losses that do not count: a YAML list of {endpoint or test, reason, until}'),
  all: switchFlag('--all', 'list all tests, and all endpoints with a single test'),
  partial: switchFlag('--partial', 'accept an audit run that is incomplete'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop coverage regressions',
  title: 'fails if B no longer tests what A tests',
  usage: ['snoop coverage regressions <A> <B> [options]'],
  about: `
A and B are named as for 'snoop coverage diff'; A is the older one. The answer lists the lost endpoints, the tests that
hit them, and whether each test is gone, was renamed, or still runs without hitting the endpoint. An endpoint that was
removed from the API is not lost.

If both are folders of audit runs, it also lists newly failing tests, by their JUnit. They do not change the exit code:
an endpoint is lost only if no other test hits it.

If A or B is incomplete, contradicts itself, tests nothing, or is newer than it should be, the answer is 'cannot tell',
exit code 3, also if nothing seems lost.

Each entry of --ignore names an endpoint or a test, a reason, and the last day on which it counts (until: 2027-03-31). An
ignored test excuses an endpoint only if all other tests that hit it are ignored, too.`,
  flags,
  words: '<A> <B>',
  environment: questionEnvironment,
  examples: `
snoop coverage regressions 1.35 1.36
snoop coverage regressions 1.36 ./my-run.json --ignore known.yaml
snoop coverage regressions ./last-run ./this-run`,
  exitCodes:
    '0 nothing was lost · 1 something was lost · 2 wrong use, or a bad --ignore file · 3 cannot tell: A or B is incomplete, a release is not loaded or has no coverage, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [a = '', b = ''] = positionals;
  const name = 'snoop coverage regressions';
  const asking = { user: name, releases: [a, b].flatMap((given) => extractRelease(given) ?? []) };
  const ignored = values.ignore === undefined ? [] : await readIgnoredLosses(values.ignore, context);
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const before = await readDataSet(pool, a, { ...context, partial: values.partial, pipedTo: `${name} - ${b}` });
    const after = await readDataSet(pool, b, { ...context, partial: values.partial, pipedTo: `${name} ${a} -` });
    const today = new Date().toISOString().slice(0, 10);
    const answer = findRegressions(before, after, { conformance: values.conformance, ignored, today });
    const newlyFailing = await findNewlyFailing(a, b, context.cwd);
    print(describeRegressions(before, after, answer, { ...values, newlyFailing }));
    return answer.exitCode;
  });
}
