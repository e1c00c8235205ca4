import type { EndpointAnswer } from '@snoop/snoopdb';
import type { ClientCall } from '../audited-cluster/client-call.ts';
import { askDatabase } from '../command-line/question.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import type { Asked, SeveralEndpoints } from '../endpoint-search/find-asked-endpoint.ts';
import type { Answer, AnswerPart } from '../output/answer.ts';
import { shortenAgent } from '../output/short-agent.ts';
import type { Column } from '../output/table.ts';
import { nextFact } from '../new-test/next-fact.ts';
import { releaseJson } from '../report/asked-release.ts';
import {
  describeConformance,
  describeEligibility,
  describeTested,
  type TestCounts,
} from '../report/endpoint-coverage.ts';
import { count } from '../output/quantities.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../command-line/flags.ts';
import { findAskedEndpoint } from '../endpoint-search/find-asked-endpoint.ts';
import { askEndpoint } from '@snoop/snoopdb';
import { describeCall, loadClientMethods } from '../audited-cluster/client-call.ts';
import { normalizeRelease } from '@snoop/snoopdb';

const flags = {
  release: valueFlag('--release <RELEASE>', 'use this release instead of the baseline'),
  all: switchFlag('--all', 'list all tests and clients, and deprecated endpoints of a kind or path'),
  ...questionFlags,
};

export const command = defineCommand({
  name: 'snoop endpoint',
  title: 'everything about one endpoint',
  usage: [
    'snoop endpoint <name> [options]',
    'snoop endpoint <kind> [options]         the endpoints of a kind',
    'snoop endpoint [verb] <path> [options]  the endpoints that serve a path',
  ],
  about: `
Prints its request, the call for a live test, level, eligibility, first release, the tests and clients that hit it,
sample requests, and its page in the Kubernetes API reference. Names ignore case and may be unique prefixes. A kind may
be given as its resource, a path with literal segments or parameters. Several endpoints are listed.`,
  flags,
  words: '[endpoint...]',
  environment: questionEnvironment,
  examples: `
snoop endpoint createCoreV1NamespacedPodEviction
snoop endpoint readappsv1namespaceddeploymentsc   # a unique prefix
snoop endpoint VolumeAttributesClass
snoop endpoint GET '/api/v1/pods?limit=5'
snoop endpoint listCoreV1Node --release 1.34 --output json`,
  exitCodes: '0 answered · 1 no such endpoint · 2 wrong use · 3 the release is not loaded, or SnoopDB does not answer',
  run,
});

async function run({ flags: values, words: positionals }: Given<typeof flags>, context: Context): Promise<number> {
  const asked = readAsked(positionals);
  const asking = {
    user: 'snoop endpoint',
    releases: values.release === undefined ? 'baseline' : [values.release],
  } as const;
  return askDatabase(context, values, asking, async ({ pool, print }) => {
    const found = await findAskedEndpoint(pool, asked, values.release);
    if (found.state === 'none') {
      for (const line of found.message) context.progress.print(line);
      return 1;
    }
    if (found.state === 'several') {
      print(describeFound(found, values.all === true));
      return 0;
    }
    const answer = await askEndpoint(pool, found.endpoint, values.release);
    if (answer === null) {
      context.progress.print(`The endpoint '${found.endpoint}' no longer exists.`);
      return 1;
    }
    const { release } = answer;
    if (values.release !== undefined && release !== null && normalizeRelease(values.release) !== release.release)
      context.progress.print(`${values.release} has no such endpoint; this is ${release.release}.`);
    print(describeEndpoint(answer, describeCall(answer, await loadClientMethods()), values.all === true));
    return 0;
  });
}

/** Reads a name, a kind, or a request as in a log, `GET /api/v1/pods`, as one word or two. */
function readAsked(words: readonly string[]): Asked {
  const text = words.join(' ').trim();
  const [, verb = null, target] = /^(?:([A-Za-z]+)\s+)?((?:\/|https?:\/\/)\S*)$/.exec(text) ?? [];
  if (target !== undefined) {
    const url = target.startsWith('/') || !URL.canParse(target) ? null : new URL(target);
    return { verb, path: url === null ? target : `${url.pathname}${url.search}` };
  }
  const [name, ...more] = words;
  if (name !== undefined && more.length === 0) return { name };
  throw wrongUse(
    `snoop endpoint takes one name, kind or path, not ${words.length}.`,
    "For example: snoop endpoint listCoreV1NamespacedPod; 'snoop untested' lists some.",
  );
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
  { name: 'agent', title: 'client', shorten: shortenAgent },
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
  { name: 'agent', title: 'client', shorten: shortenAgent },
] as const satisfies Column[];

const foundColumns = [
  { name: 'endpoint' },
  { name: 'method' },
  { name: 'path' },
  { name: 'level' },
  { name: 'tested', title: 'e2e' },
  { name: 'confTested', title: 'conformance' },
] as const satisfies Column[];

/** Lists the endpoints of a kind or path; deprecated ones only with --all, or if there are no others. */
function describeFound({ title, endpoints }: SeveralEndpoints, all: boolean): Answer {
  const current = endpoints.filter(({ deprecated }) => !deprecated);
  const listed = all || current.length === 0 ? endpoints : current;
  const rest = endpoints.length - listed.length;
  const heading = `${title}: ${count(listed.length, 'endpoint')}${rest === 0 ? '' : `, and ${rest} deprecated (--all)`}`;
  const rows = listed.map((endpoint) => ({ ...endpoint }));
  const first = current.find(({ path }) => resourcePath.test(path));
  return {
    json: { endpoints },
    csv: { columns: [...foundColumns, { name: 'deprecated' }], rows },
    parts: [
      { heading, table: { columns: foundColumns, rows } },
      ...(first === undefined ? [] : [{ facts: [nextFact(first.endpoint)] }]),
    ],
  };
}

/** The others, such as those of discovery, have no lifecycle. */
const resourcePath = /^\/(?:api|apis\/[^/]+)\/[^/]+\/[^/]+/;

/** The most tests and clients listed without --all. */
const shown = 10;

export function describeEndpoint(answer: EndpointAnswer, call: ClientCall, all: boolean): Answer {
  const { release, eligibility, first, tests, agents, samples, ...endpoint } = answer;
  const rows = agents.map(({ live, ...agent }) => ({ ...agent, seen: live ? 'live' : 'loaded' }));
  const limit = all ? Number.POSITIVE_INFINITY : shown;
  const named = tests.flatMap(({ test, cut, ...rest }) =>
    test === null ? [] : [{ ...rest, test: cut ? `${test} (truncated)` : test }],
  );
  const parts: AnswerPart[] = [
    { facts: describeFacts(answer, call) },
    listPart('Tests', { columns: testColumns, rows: named.slice(0, limit) }, named.length),
    listPart('Clients', { columns: agentColumns, rows: rows.slice(0, limit) }, rows.length),
    listPart('Sample requests', { columns: sampleColumns, rows: samples.map((sample) => ({ ...sample })) }),
    ...(answer.kind === null || answer.deprecated ? [] : [{ facts: [nextFact(answer.endpoint)] }]),
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
    call,
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
  return { heading: rest > 0 ? `${name}: ${table.rows.length} of ${number}; --all lists all` : name, table };
}

function describeFacts(answer: EndpointAnswer, call: ClientCall): [string, string][] {
  const { release, kind, group, version, first } = answer;
  const tests = countTests(answer);
  const conformance = describeConformance({ ...answer, eligible: answer.eligibility?.eligible ?? null }, tests);
  const gvk = kind === null ? 'none' : `${kind}, ${[group || 'core', version].filter(Boolean).join('/')}`;
  const facts: [string, string][] = [
    ['Endpoint', answer.endpoint],
    ['Request', `${answer.method} ${answer.path}`],
    ...describeClient(call),
    ['Kind', gvk],
    ['Level', `${answer.level}${answer.deprecated ? ', deprecated' : ''}`],
    ['Eligible', formatEligibility(answer)],
    [
      'Tested',
      release === null ? 'unknown: no release has this endpoint' : describeTested(answer, tests, release.release),
    ],
    ...(conformance === null ? [] : [['Conformance', conformance] as [string, string]]),
    ['Since', first.release ?? `unknown: ${first.unknown}`],
  ];
  if (answer.description !== null) facts.push(['About', answer.description]);
  facts.push(['Reference', answer.reference ?? 'none']);
  if (release === null) return [...facts, ['Served by', answer.clusters.join(', ')]];
  const note = release.incomplete === null ? '' : `; its data is incomplete: ${release.incomplete}`;
  return [...facts, ['As of', `${release.release}${release.isBaseline ? ', the baseline' : ''}${note}`]];
}

function describeClient({ client, setup, import: line, call }: ClientCall): [string, string][] {
  if (client === null || setup === null || line === null) {
    return [['Call', `await ${call}; @kubernetes/client-node has no method for it`]];
  }
  return [
    ['Call', `await ${call}`],
    ['Client', setup],
    ['Import', line],
  ];
}

function formatEligibility({ eligibility }: EndpointAnswer): string {
  if (eligibility === null) return 'no: no release has this endpoint';
  const { eligible, link } = eligibility;
  return `${describeEligibility(eligibility)}${eligible === false && link !== null ? ` (${link})` : ''}`;
}

function countTests({ tests }: EndpointAnswer): TestCounts {
  return { all: tests.length, conformance: tests.filter(({ conformance }) => conformance).length };
}
