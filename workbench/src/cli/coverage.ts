import type { CoverageAnswer, CoverageFigures } from '@snoop/snoopdb';
import type { SubCommand } from '../command-line/command.ts';
import { parseFlags } from '../command-line/flags.ts';
import { askDatabase, questionHelp, questionOptions } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { findNearest } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';

export const help = `snoop coverage: how much of the API is tested

Usage: snoop coverage [options]               one release: tested, conformance tested, eligible, by level and category
       snoop coverage diff <A> <B> [options]  what B gained and lost against A, and by which test
       snoop coverage progress [options]      new endpoints, new tests and debt, release by release

A and B are each a release (1.35), one source of a release (1.36@https://…), or a coverage file or its URL
(./1.36.0.json, .gz too).
Published coverage counts failed requests (403, 404, 409 …) as hits, what 'snoop load audit' loads only those with
success (2xx, 101): diff says so when A and B differ in it.
Figures count endpoints that are not deprecated. A release without coverage is named, never counted as untested.

Options:
  --release RELEASE       snoop coverage: this release instead of the baseline
  --all                   snoop coverage diff: name all tests, and all endpoints that hang on one single test
${questionHelp}

Examples:
  snoop coverage
  snoop coverage --release 1.35 --output markdown
  snoop coverage diff 1.35 1.36
  snoop coverage diff 1.36 ./my-run.json --output json
  snoop coverage progress --output csv > progress.csv

Exit codes: 0 answered · 2 wrong use · 3 a release is not loaded or has no coverage, or SnoopDB is away
`;

const questions = new Map<string, () => Promise<SubCommand>>([
  ['diff', () => import('./coverage/diff.ts')],
  ['progress', () => import('./coverage/progress.ts')],
]);

/** @returns 0: answered */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const [word, ...rest] = args;
  const load = word === undefined ? undefined : questions.get(word);
  if (load !== undefined) return (await load()).run(rest, context);
  const options = { release: { type: 'string' }, ...questionOptions } as const;
  const { values, positionals } = parseFlags('coverage', args, options, true);
  const [unknown] = positionals;
  if (unknown !== undefined) {
    const [nearest] = findNearest(unknown, [...questions.keys()], 1);
    const advice = /^v?\d/.test(unknown)
      ? `Did you mean 'snoop coverage --release ${unknown}'?`
      : `${nearest === undefined ? 'It takes diff or progress, or nothing.' : `Did you mean 'snoop coverage ${nearest}'?`} 'snoop coverage --help' explains both.`;
    throw wrongUse(`snoop coverage takes no '${unknown}'.`, advice);
  }
  const asking = {
    user: 'snoop coverage',
    about: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const { askCoverage } = await import('@snoop/snoopdb');
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
