import type { EndpointAnswer, HittingTest } from '@snoop/snoopdb';
import { parseFlags } from '../command-line/flags.ts';
import { askDatabase, questionHelp, questionOptions } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { findNearest } from '../nearest.ts';
import type { Answer, AnswerPart } from '../output/answer.ts';
import type { Column } from '../output/table.ts';
import { releaseJson } from '../report/asked-release.ts';
import { count } from '../report/report.ts';

export const help = `snoop endpoint: everything that is known of one endpoint

Usage: snoop endpoint <name> [options]

Its request, level and eligibility, since when it is there, the tests and clients that hit it, sample requests, and its
page in the Kubernetes API reference. The name may be given in any case, or by a beginning that no other endpoint has.

Options:
  --release RELEASE       of this release instead of the baseline
  --all                   name all tests and clients, not only the first of them
${questionHelp}

Examples:
  snoop endpoint createCoreV1NamespacedPodEviction
  snoop endpoint readappsv1namespaceddeploymentsc     the only one that begins so
  snoop endpoint listCoreV1Node --release 1.34 --output json

Exit codes: 0 answered · 1 there is no such endpoint · 2 wrong use · 3 the release is not loaded, or SnoopDB is away
`;

/** @returns 0: answered; 1: no endpoint of that name */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const options = { release: { type: 'string' }, all: { type: 'boolean' }, ...questionOptions } as const;
  const { values, positionals } = parseFlags('endpoint', args, options, true);
  const [wanted, ...more] = positionals;
  if (wanted === undefined || more.length > 0) {
    throw wrongUse(
      `snoop endpoint takes one name, not ${positionals.length}.`,
      "For example: snoop endpoint listCoreV1NamespacedPod; 'snoop untested' lists some.",
    );
  }
  const asking = {
    user: 'snoop endpoint',
    about: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const { askEndpoint, findEndpointName, listEndpointNames } = await import('@snoop/snoopdb');
    const named = findEndpointName(wanted, await listEndpointNames(pool));
    if (named.state === 'ambiguous') {
      const some = named.candidates.slice(0, 10);
      const rest = named.candidates.length - some.length;
      context.progress.say(`'${wanted}' is the beginning of ${named.candidates.length} endpoints:`);
      for (const candidate of some) context.progress.say(`  ${candidate}`);
      if (rest > 0) context.progress.say(`  and ${rest} more`);
      return 1;
    }
    const answer = named.state === 'found' ? await askEndpoint(pool, named.endpoint, values.release) : null;
    if (answer === null) {
      const nearest = findNearest(wanted, named.state === 'unknown' ? named.known : [], 3);
      context.progress.say(`There is no endpoint '${wanted}'. The nearest: ${nearest.join(', ') || 'none is loaded'}.`);
      return 1;
    }
    const other = values.release !== undefined && answer.release !== null && !(await isSame(values.release, answer));
    if (other) context.progress.say(`${values.release} has no such endpoint; this is ${answer.release?.release}.`);
    print(describeEndpoint(answer, values.all === true));
    return 0;
  });
}

async function isSame(release: string, answer: EndpointAnswer): Promise<boolean> {
  const { normalizeRelease } = await import('@snoop/snoopdb');
  return normalizeRelease(release) === answer.release?.release;
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
  { name: 'deprecated' },
  { name: 'eligible' },
  { name: 'reason' },
  { name: 'link' },
  { name: 'pending' },
  { name: 'tested' },
  { name: 'confTested' },
  { name: 'firstRelease' },
  { name: 'tests' },
  { name: 'clients' },
  { name: 'reference' },
] as const satisfies Column[];

const testColumns = [
  { name: 'test' },
  { name: 'conformance' },
  { name: 'promotedIn', title: 'promoted in' },
  { name: 'file' },
] as const satisfies Column[];
const agentColumns = [
  { name: 'agent', title: 'client' },
  { name: 'test' },
  { name: 'seen' },
  { name: 'source' },
  { name: 'release' },
  { name: 'firstSeenAt', title: 'first seen' },
] as const satisfies Column[];
const sampleColumns = [
  { name: 'verb' },
  { name: 'uri', title: 'request' },
  { name: 'code', title: 'answer', align: 'right' },
  { name: 'agent', title: 'client' },
] as const satisfies Column[];

/** How many tests and clients a person is shown unless they ask for all. */
const shown = 10;

/** Puts the answer into the forms that are printed. */
export function describeEndpoint(answer: EndpointAnswer, all: boolean): Answer {
  const { release, eligibility, first, tests, agents, samples, ...endpoint } = answer;
  const rows = agents.map(({ live, ...agent }) => ({ ...agent, seen: live ? 'live' : 'loaded' }));
  const limit = all ? Number.POSITIVE_INFINITY : shown;
  const named = tests.flatMap(({ test, cut, ...rest }) =>
    test === null ? [] : [{ ...rest, test: cut ? `${test} (the name was cut)` : test }],
  );
  const parts: AnswerPart[] = [
    { facts: describeFacts(answer) },
    listPart('Tests', { columns: testColumns, rows: named.slice(0, limit) }, named.length),
    listPart('Clients', { columns: agentColumns, rows: rows.slice(0, limit) }, rows.length),
    listPart('Sample requests', { columns: sampleColumns, rows: samples.map((sample) => ({ ...sample })) }),
  ];
  const csvRow = {
    ...endpoint,
    eligible: eligibility?.eligible ?? null,
    reason: eligibility?.reason ?? null,
    link: eligibility?.link ?? null,
    pending: eligibility?.pending ?? null,
    firstRelease: first.release,
    tests: named.length,
    clients: agents.length,
  };
  const json = {
    ...endpoint,
    release: release === null ? null : releaseJson(release),
    ...eligibility,
    firstRelease: first,
    tests,
    agents,
    samples,
  };
  return { json, csv: { columns: csvColumns, rows: [csvRow] }, parts };
}

function listPart(name: string, table: NonNullable<AnswerPart['table']>, number = table.rows.length): AnswerPart {
  if (number === 0) return {};
  const rest = number - table.rows.length;
  return { heading: rest > 0 ? `${name}: ${table.rows.length} of ${number}; --all names all` : name, table };
}

function describeFacts(answer: EndpointAnswer): [string, string][] {
  const { release, kind, group, version, first } = answer;
  const gvk = kind === null ? 'none' : `${kind}, ${[group || 'core', version].filter(Boolean).join('/')}`;
  const facts: [string, string][] = [
    ['Endpoint', answer.endpoint],
    ['Request', `${answer.method} ${answer.path}`],
    ['Kind', gvk],
    ['Level', `${answer.level}${answer.deprecated ? ', deprecated' : ''}`],
    ['Eligible', describeEligibility(answer)],
    ['Tested', describeTested(answer)],
    ['Since', first.release ?? `unknown: ${first.unknown}`],
  ];
  if (answer.description !== null) facts.push(['About', answer.description]);
  facts.push(['Reference', answer.reference ?? 'none']);
  if (release === null) return [...facts, ['Served by', answer.clusters.join(', ')]];
  const note = release.incomplete === null ? '' : `; its data is incomplete: ${release.incomplete}`;
  return [...facts, ['As of', `${release.release}${release.isBaseline ? ', the baseline' : ''}${note}`]];
}

function describeEligibility({ eligibility }: EndpointAnswer): string {
  if (eligibility === null) return 'no: it is no endpoint of a release';
  const { eligible, reason, link, pending } = eligibility;
  if (eligible === null) return reason ?? 'unknown';
  if (eligible) return pending ? 'yes; its test is on its way' : 'yes';
  return `no: ${reason ?? 'unknown'}${link === null ? '' : ` (${link})`}`;
}

function describeTested({ release, tested, confTested, tests, deprecated }: EndpointAnswer): string {
  if (release === null) return 'unknown: it is no endpoint of a release';
  if (deprecated) return 'not counted: it is deprecated';
  if (tested === null) return `unknown: no coverage of ${release.release} is loaded`;
  if (!tested) return 'no';
  const conformance = tests.filter((test: HittingTest) => test.conformance).length;
  const by = `by ${count(tests.length, 'test')}`;
  return `yes, ${by}, ${confTested ? count(conformance, 'conformance test') : 'no conformance test'} among them`;
}
