import type { CoverageAnswer, CoverageFigures } from '@snoop/snoopdb';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { command as diff } from './coverage/diff.ts';
import { command as progress } from './coverage/progress.ts';
import { command as regressions } from './coverage/regressions.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { askCoverage } from '@snoop/snoopdb';

const flags = {
  release: valueFlag('--release <RELEASE>', 'use this release instead of the baseline'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop coverage',
  title: 'how much of the API is tested',
  usage: ['snoop coverage [options]', 'snoop coverage <command> [options]'],
  about: `
The tested, conformance tested and eligible endpoints of a release, by level and category, without deprecated ones. A
release without coverage is an error, not untested.`,
  flags,
  words: '[command]',
  commands: [diff, regressions, progress],
  environment: questionEnvironment,
  examples: `
snoop coverage
snoop coverage --release 1.35 --output markdown
snoop coverage diff 1.35 1.36
snoop coverage regressions 1.35 1.36
snoop coverage progress --output csv > progress.csv`,
  exitCodes: '0 answered · 2 wrong use · 3 a release is not loaded or has no coverage, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [unknown] = positionals;
  if (unknown !== undefined) {
    const meant = /^v?\d/.test(unknown)
      ? [`--release ${unknown}`]
      : findNearest(unknown, ['diff', 'regressions', 'progress'], 1);
    const advice =
      didYouMean(meant.map((words) => `snoop coverage ${words}`)) || 'It takes diff, regressions, progress or nothing.';
    throw wrongUse(`snoop coverage takes no '${unknown}'.`, advice, "See 'snoop coverage --help'.");
  }
  const asking = {
    user: 'snoop coverage',
    releases: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    print(describeCoverage(await askCoverage(pool, values.release)));
    return 0;
  });
}

const columns = [
  { name: 'level' },
  { name: 'category' },
  { name: 'endpoints', align: 'right' },
  { name: 'tested', align: 'right' },
  { name: 'confTested', title: 'conformance tested', align: 'right' },
  { name: 'eligible', align: 'right' },
  { name: 'eligibleTested', title: 'eligible conformance tested', align: 'right' },
  { name: 'unknown', align: 'right' },
] as const satisfies Column[];

/** Lists each level's categories, then its total. */
function describeCoverage({ release, lines, levels, total }: CoverageAnswer): Answer {
  const rows = [
    ...levels.flatMap((level) => [
      ...lines.filter((line) => line.level === level.level).map((line) => ({ ...line })),
      { ...level, category: 'all' },
    ]),
    { level: 'all', category: 'all', ...total },
  ];
  const table = { columns: total.unknown > 0 ? columns : columns.slice(0, -1), rows };
  return {
    json: { ...releaseJson(release), total, levels: levels.map(({ category: _, ...level }) => level), lines },
    csv: { columns, rows },
    warnings: releaseWarnings(release),
    parts: [{ facts: [...releaseFacts(release), ...totalFacts(total)] }, { table }],
  };
}

/** Shares are of the endpoints whose coverage is known. */
function totalFacts(total: CoverageFigures): [string, string][] {
  const { tested, confTested, unknown, eligible, eligibleTested } = total;
  const known = total.endpoints - unknown;
  const share = (part: number, whole: number): string =>
    `${part} of ${whole}${whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`}`;
  const facts: [string, string][] = [
    ['Tested', `${share(tested, known)} endpoints`],
    ['Conformance', `${share(confTested, known)} endpoints are conformance tested`],
  ];
  if (unknown > 0)
    facts.push(['Unknown', `of ${unknown} more endpoints no loaded coverage can tell whether tests hit them`]);
  if (eligible === null || eligibleTested === null) {
    return [...facts, ['Eligible', 'unknown: no list of ineligible endpoints is loaded']];
  }
  return [
    ...facts,
    ['Eligible', `${share(eligibleTested, eligible - (total.eligibleUnknown ?? 0))} are conformance tested`],
  ];
}
