import type { UntestedAnswer, UntestedEndpoint, UntestedFilter } from '@snoop/snoopdb';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { matchValue } from '@snoop/snoopdb/command-line';
import type { Answer } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { nextFact } from '../new-test/next-fact.ts';
import { releaseFacts, releaseJson, releaseWarnings } from '../report/asked-release.ts';
import { choiceFlag, defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { askUntested, findAskedRelease, listFilterValues } from '@snoop/snoopdb';

const levels = ['stable', 'beta', 'alpha', 'any'] as const;

const flags = {
  kind: valueFlag('--kind <KIND>', 'only of this kind: Pod, Deployment …'),
  group: valueFlag('--group <GROUP>', 'only of this API group: core, apps, networking.k8s.io …'),
  category: valueFlag('--category <CATEGORY>', 'only of this category: core, apps, networking …'),
  level: choiceFlag('--level <LEVEL>', 'only of this level', levels).defaultsTo('stable'),
  eligible: switchFlag('--eligible', 'only those that can have a conformance test; the default for stable ones'),
  all: switchFlag('--all', 'also those that cannot have one, with the reason').conflicts('eligible'),
  release: valueFlag('--release <RELEASE>', 'use this release instead of the baseline'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop untested',
  title: 'the endpoints that no e2e test hits',
  usage: ['snoop untested [options]'],
  about: `
Without options: the stable endpoints of the baseline that can have a conformance test and that no e2e test hits, as in
the view testing.untested_stable_endpoint.`,
  flags,
  environment: questionEnvironment,
  examples: `
snoop untested                          # what the next test could be about
snoop untested --all --category core    # those that are not eligible, and why
snoop untested --level beta --output csv > beta.csv
snoop untested --release 1.34 --group apps`,
  exitCodes: '0 answered, even with none · 2 wrong use · 3 the release is not loaded, or SnoopDB does not answer',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { level } = values;
  const eligibleOnly = values.eligible || (!values.all && level === 'stable');
  const asking = {
    user: 'snoop untested',
    releases: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const release = await findAskedRelease(pool, values.release, 'coverage');
    const match = async (filter: 'kind' | 'group' | 'category'): Promise<string | undefined> => {
      const wanted = values[filter];
      if (wanted === undefined) return undefined;
      return matchValue(filter, wanted, await listFilterValues(pool, release.release, filter), release.release);
    };
    const filter = {
      release,
      level,
      kind: await match('kind'),
      group: await match('group'),
      category: await match('category'),
      eligibleOnly,
    };
    const answer = await askUntested(pool, filter);
    print(answer.endpoints.length === 0 ? describeNone(answer, filter) : describeUntested(answer));
    return 0;
  });
}

/** Describes an empty answer: how many endpoints were considered, and which options find untested ones. */
function describeNone(answer: UntestedAnswer, filter: UntestedFilter): Answer {
  const { notEligible, otherLevels, unknown } = answer;
  const asked = answer.asked - unknown.length;
  const { level, kind, group, category, eligibleOnly } = filter;
  const words = [
    level === 'any' ? '' : `${level} `,
    asked === 1 ? 'endpoint' : 'endpoints',
    ...(kind === undefined ? [] : [` of kind ${kind}`]),
    ...(group === undefined ? [] : [` of group ${group}`]),
    ...(category === undefined ? [] : [` of category ${category}`]),
    eligibleOnly ? ' that can have a conformance test' : '',
  ].join('');
  const none =
    asked > 0
      ? `e2e tests hit ${asked === 1 ? 'the one' : `all ${asked}`} ${words}`
      : unknown.length > 0
        ? `the coverage of the ${words} is unknown`
        : `there are no ${words}`;
  const others = [
    ...(notEligible === 0 ? [] : [`${notEligible} that cannot have a conformance test (--all)`]),
    ...otherLevels.flatMap((one) =>
      one.untested === 0 ? [] : [`${one.untested} ${one.level} (--level ${one.level})`],
    ),
  ];
  const { release } = answer;
  const facts: [string, string][] = [
    ...releaseFacts(release),
    ['Untested', `none: ${none}`],
    ...unknownFacts(answer),
    ...conformanceFacts(answer),
  ];
  if (others.length > 0) facts.push(['Others', others.join(', ')]);
  const warnings = [
    ...releaseWarnings(release),
    `nothing is untested: ${none}`,
    ...(others.length === 0 ? [] : [`others: ${others.join(', ')}`]),
  ];
  return { ...describeUntested(answer), warnings, parts: [{ facts }] };
}

const csvColumns = [
  { name: 'endpoint' },
  { name: 'method' },
  { name: 'path' },
  { name: 'level' },
  { name: 'category' },
  { name: 'group' },
  { name: 'version' },
  { name: 'kind' },
  { name: 'action' },
  { name: 'eligible' },
  { name: 'reason' },
  { name: 'link' },
  { name: 'pending' },
] as const satisfies Column[];

function unknownFacts({ unknown }: UntestedAnswer): [string, string][] {
  if (unknown.length === 0) return [];
  return [
    [
      'Unknown',
      `of ${unknown.length} more no loaded coverage can tell whether tests hit them (--output json names them)`,
    ],
  ];
}

/** What counts for eligible endpoints is conformance tests, not other e2e tests. */
function conformanceFacts({ conformance }: UntestedAnswer): [string, string][] {
  const { tested, e2eOnly } = conformance;
  const eligible = conformance.eligible - conformance.unknown;
  if (eligible === 0) return [];
  const alone =
    e2eOnly.length === 0 ? '' : `; ${e2eOnly.length} are hit by other e2e tests only (--output json names them)`;
  return [['Conformance', `${tested} of ${eligible} eligible endpoints are conformance tested${alone}`]];
}

function describeUntested(answer: UntestedAnswer): Answer {
  const { release, endpoints, notEligible, otherLevels, conformance, unknown } = answer;
  const rest = notEligible === 0 ? '' : `, and ${notEligible} that cannot have a conformance test (--all)`;
  const first = endpoints.find(({ kind }) => kind !== null);
  const rows = endpoints.map((endpoint) => ({ ...endpoint, note: describeNote(endpoint) }));
  const facts = [
    ...releaseFacts(release),
    ['Untested', `${endpoints.length} endpoints${rest}`] as const,
    ...unknownFacts(answer),
    ...conformanceFacts(answer),
  ];
  return {
    json: { ...releaseJson(release), notEligible, conformance, otherLevels, endpoints, unknown },
    csv: { columns: csvColumns, rows: endpoints.map((endpoint) => ({ ...endpoint })) },
    warnings: releaseWarnings(release),
    parts: [
      { facts },
      { table: { columns: chooseColumns(endpoints), rows } },
      ...(first === undefined ? [] : [{ facts: [nextFact(first.endpoint)] }]),
    ],
  };
}

/** Omits columns with the same value in every row. */
function chooseColumns(endpoints: readonly UntestedEndpoint[]) {
  const differ = (field: 'level' | 'eligible'): boolean => new Set(endpoints.map((one) => one[field])).size > 1;
  const columns: Column<'endpoint' | 'kind' | 'path' | 'level' | 'eligible' | 'note'>[] = [
    { name: 'endpoint' },
    { name: 'kind' },
    { name: 'path' },
  ];
  if (differ('level')) columns.push({ name: 'level' });
  if (differ('eligible')) columns.push({ name: 'eligible' });
  if (endpoints.some((one) => describeNote(one) !== '')) columns.push({ name: 'note', title: '' });
  return columns;
}

function describeNote({ pending, reason, link, level }: UntestedEndpoint): string {
  if (pending) return 'its conformance test is pending';
  // The level has its own column.
  if (reason === null || (level !== 'stable' && link === null)) return '';
  return link === null ? reason : `${reason} (${link})`;
}
