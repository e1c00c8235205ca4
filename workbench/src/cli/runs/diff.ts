import { askRunCoverage, compareRuns, findRun, type RunCoverage, type RunDifference } from '@snoop/snoopdb';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../../command-line/flags.ts';
import { askDatabase } from '../../command-line/question.ts';
import type { Context } from '../../context.ts';
import type { Answer } from '../../output/answer.ts';
import { differenceTable } from '../../report/difference.ts';

export const command = defineCommand({
  name: 'snoop runs diff',
  title: 'what a run hit that an earlier one did not, and the other way round',
  usage: ['snoop runs diff <run> <run> [options]'],
  about: `
The earlier run comes first. Endpoints gained and lost, status codes that changed, and tests whose result changed.`,
  flags: questionFlags,
  words: '<before> <after>',
  environment: questionEnvironment,
  examples: `
snoop runs diff last~1 last
snoop runs diff 20261121-0305 20261122 --output json`,
  exitCodes: '0 answered · 2 no such run, or wrong use · 3 SnoopDB does not answer',
  run,
});

async function run(
  { flags, words: [before = '', after = ''] }: Given<typeof questionFlags>,
  context: Context,
): Promise<number> {
  return askDatabase(context, flags, { user: 'snoop runs diff', releases: 'baseline' }, async ({ pool, print }) => {
    const [earlier, later] = await Promise.all(
      [before, after].map(async (name) => askRunCoverage(pool, await findRun(pool, name))),
    );
    if (!earlier || !later) throw new Error('Both runs were read.');
    print(describeDifference(earlier, later));
    return 0;
  });
}

function describeDifference(before: RunCoverage, after: RunCoverage): Answer {
  const difference: RunDifference = compareRuns(before, after);
  const table = differenceTable(difference);
  const facts = (['Before', 'After'] as const).map((name) => {
    const { id, state, startedAt } = (name === 'Before' ? before : after).run;
    return [name, `${id}: ${state}, ${startedAt.toISOString()}`] as const;
  });
  return {
    json: { before: before.run.id, after: after.run.id, ...difference },
    csv: table,
    parts: [{ facts: table.rows.length > 0 ? facts : [...facts, ['Difference', 'none']] }, { table }],
  };
}
