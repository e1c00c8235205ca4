import type { CoverageAnswer, CoverageFigures } from '@snoop/snoopdb';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { didYouMean } from '@snoop/snoopdb/command-line';
import { command as diff } from './coverage/diff.ts';
import { command as progress } from './coverage/progress.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { askCoverage } from '@snoop/snoopdb';

const flags = {
  release: valueFlag('--release <RELEASE>', 'this release instead of the baseline'),
  ...questionFlags,
};

/** `snoop coverage`. Answers 0. */
export const command = defineCommand({
  name: 'snoop coverage',
  title: 'how much of the API is tested',
  usage: ['snoop coverage [options]', 'snoop coverage <command> [options]'],
  about: `
Of one release: tested, conformance tested, eligible, by level and category. Figures count endpoints that are not
deprecated. A release without coverage is named, never counted as untested.`,
  flags,
  words: '[command]',
  commands: [diff, progress],
  environment: questionEnvironment,
  examples: `
snoop coverage
snoop coverage --release 1.35 --output markdown
snoop coverage diff 1.35 1.36
snoop coverage progress --output csv > progress.csv`,
  exitCodes: '0 answered · 2 wrong use · 3 a release is not loaded or has no coverage, or SnoopDB is away',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const [unknown] = positionals;
  if (unknown !== undefined) {
    const near = didYouMean(unknown, ['diff', 'progress'], (word) => `snoop coverage ${word}`);
    const advice = /^v?\d/.test(unknown)
      ? `Did you mean 'snoop coverage --release ${unknown}'?`
      : `${near === '' ? 'It takes diff or progress, or nothing.' : near} 'snoop coverage --help' explains both.`;
    throw wrongUse(`snoop coverage takes no '${unknown}'.`, advice);
  }
  const asking = {
    user: 'snoop coverage',
    about: values.release === undefined ? 'baseline' : [values.release],
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
] as const satisfies Column[];

/** Puts the answer into the forms that are printed: each level with its categories, then the level as a whole. */
function describeCoverage({ release, lines, levels, total }: CoverageAnswer): Answer {
  const rows = [
    ...levels.flatMap((level) => [
      ...lines.filter((line) => line.level === level.level).map((line) => ({ ...line })),
      { ...level, category: 'all' },
    ]),
    { level: 'all', category: 'all', ...total },
  ];
  const table = { columns, rows };
  return {
    json: { ...releaseJson(release), total, levels: levels.map(({ category: _, ...level }) => level), lines },
    csv: table,
    warnings: releaseWarnings(release),
    parts: [{ facts: [...releaseFacts(release), ...totalFacts(total)] }, { table }],
  };
}

function totalFacts({ endpoints, tested, confTested, eligible, eligibleTested }: CoverageFigures): [string, string][] {
  const share = (part: number, whole: number): string =>
    `${part} of ${whole}${whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`}`;
  const facts: [string, string][] = [
    ['Tested', `${share(tested, endpoints)} endpoints`],
    ['Conformance', `${share(confTested, endpoints)} endpoints are conformance tested`],
  ];
  if (eligible === null || eligibleTested === null) {
    return [...facts, ['Eligible', 'unknown: no list of ineligible endpoints is loaded']];
  }
  return [...facts, ['Eligible', `${share(eligibleTested, eligible)} are conformance tested`]];
}
