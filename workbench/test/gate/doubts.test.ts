import { describe, expect, test } from 'vitest';
import type {
  ConformanceTest,
  GateEndpoint,
  GateFacts,
  GateHits,
  GateRules,
  SourceFacts,
} from '../../src/gate/facts.ts';
import { defaultRules, judgeGate } from '../../src/gate/judge.ts';
import {
  commit,
  configMaps,
  hitBy,
  makeDocument,
  makeEndpoint,
  makeFacts,
  makeHits,
  makeList,
  makeSource,
  makeTest,
  ofThisCommit,
  widgets,
} from './made-facts.ts';

const facts = makeFacts();
const { current, previous } = facts;
const many = (count: number, path = '/api/v1/resources'): GateEndpoint[] =>
  Array.from({ length: count }, (_, index) => makeEndpoint('GET', `${path}/r${index}`));
const isBy = (changes: Partial<SourceFacts>) => ({ source: { ...current.source, ...changes } });
const wasBy = (changes: Partial<SourceFacts>) => ({ source: { ...previous.source, ...changes } });
const withHits = (changes: Partial<GateHits>, source: Partial<SourceFacts> = {}): GateFacts => {
  const hits = makeHits([hitBy('GET', configMaps, 'ConfigMap')], changes);
  return { ...facts, hits: [{ ...hits, source: { ...hits.source, ...source } }] };
};
const listed = (names: readonly string[]) => names.map((endpoint, line) => ({ endpoint, reason: '', link: '', line }));

type Case = [name: string, facts: GateFacts, doubts: readonly string[], rules?: Partial<GateRules>];

function judgeDoubts(given: GateFacts, rules: Partial<GateRules> = {}): readonly string[] {
  const answer = judgeGate(given, { ...defaultRules, ...rules });
  expect(answer.verdict === 'cannot tell').toBe(answer.doubts.length > 0);
  expect(answer.exitCode === 3).toBe(answer.doubts.length > 0);
  if (answer.exitCode === 3) {
    expect(answer).toMatchObject({
      gaps: [],
      proven: [],
      due: [],
      pending: [],
      stale: [],
      unprovenTests: [],
      prove: null,
    });
  }
  return answer.doubts;
}

const noDoubt: Case[] = [
  ['the usual facts', facts, []],
  ['empty lists of endpoints', { ...facts, pending: makeList('pending', []) }, []],
  [
    'no lists of own groups',
    { ...facts, conformance: null, ineligible: null, pending: null },
    [],
    { groups: ['things.k8s.io'] },
  ],
];

test.each<Case>([
  ...noDoubt,
  [
    'a broken source',
    {
      ...facts,
      pending: {
        source: makeSource('pending', { problems: ['It is HTML. Get it again.'] }),
        entries: [],
        added: [],
        removed: [],
      },
    },
    ['the pending: It is HTML. Get it again.'],
  ],
  [
    'a broken document, which raises no other doubts',
    { ...facts, current: { ...makeDocument(null, []), ...isBy({ problems: ['the document is cut. Get it again.'] }) } },
    ['the document is cut. Get it again.'],
  ],
  [
    'missing lists',
    { ...facts, conformance: null, ineligible: null, pending: null },
    [
      'The list of conformance tests is missing. Use --conformance FILE, or --repo.',
      'The list of ineligible endpoints is missing. Use --ineligible FILE, or --repo.',
      'The list of pending endpoints is missing. Use --pending FILE, or --repo.',
    ],
  ],
])('%s', (_, given, doubts, rules) => {
  expect(judgeDoubts(given, rules)).toEqual(doubts);
});

describe('the documents', () => {
  const wide = many(200);
  const young = many(200, '/apis/things.k8s.io/v1alpha1');
  test.each<Case>([
    [
      'without endpoints',
      { ...facts, current: makeDocument('1.37.0', []) },
      ['the document has no endpoints. Get the document again.'],
    ],
    [
      'of an unknown release',
      {
        ...facts,
        current: { ...current, ...isBy({ release: null }) },
        previous: { ...previous, ...wasBy({ release: null }) },
        hits: [],
      },
      [
        'The release of the document is unknown. Use --release X.Y.Z.',
        'The release of the previous document is unknown. Use --previous-release X.Y.Z.',
      ],
    ],
    [
      'with nothing of the level',
      facts,
      ['the document has no alpha endpoint that can be judged. Use another --level.'],
      { levels: ['alpha'] },
    ],
    [
      'with at least nine tenths of the previous one',
      {
        ...facts,
        current: { ...current, endpoints: [...current.endpoints, ...young.slice(0, 179)] },
        previous: { ...previous, endpoints: [...previous.endpoints, ...young] },
      },
      [],
    ],
    [
      'with less',
      {
        ...facts,
        current: { ...current, endpoints: [...current.endpoints, ...young.slice(0, 178)] },
        previous: { ...previous, endpoints: [...previous.endpoints, ...young] },
      },
      [
        'the document has only 181 endpoints, the previous document has 202: it is cut, or older. Get the document again.',
      ],
    ],
    [
      'without ten stable endpoints of the previous one',
      {
        ...facts,
        current: { ...current, endpoints: [...current.endpoints, ...wide.slice(10)] },
        previous: { ...previous, endpoints: [...previous.endpoints, ...wide] },
      },
      [
        'the document lacks 10 stable endpoints of the previous document, and Kubernetes removes none: it is cut, or older. Get the document again.',
      ],
    ],
    [
      'of which the previous one is newer',
      { ...facts, previous: { ...previous, ...wasBy({ release: '1.38.0' }) } },
      [
        'the previous document is of 1.38.0, which is newer than 1.37.0. Use an older one: --previous REF, FILE or RELEASE.',
      ],
    ],
    [
      'of one minor release',
      { ...facts, previous: { ...previous, ...wasBy({ release: '1.37.0-beta.1' }) } },
      [
        'the previous document is of 1.37.0-beta.1, the same minor release as 1.37.0. Use an older one: --previous REF, FILE or RELEASE.',
      ],
    ],
    [
      'with the same bytes',
      {
        ...facts,
        current: { ...current, ...isBy({ digest: 'aa' }) },
        previous: { ...previous, ...wasBy({ digest: 'aa' }) },
      },
      ['the previous document has the same bytes as the document. Use an older one: --previous REF, FILE or RELEASE.'],
    ],
    [
      'with the same endpoints',
      { ...facts, previous: { ...previous, endpoints: current.endpoints } },
      [
        'the previous document has the same endpoints as the document. Use an older one: --previous REF, FILE or RELEASE.',
      ],
    ],
    [
      'exchanged',
      {
        ...facts,
        current: { ...current, endpoints: previous.endpoints.slice(0, 1) },
        previous: { ...previous, endpoints: previous.endpoints },
      },
      [
        'the document has only 1 endpoint, the previous document has 2: it is cut, or older. Get the document again.',
        'the previous document has all endpoints of the document, and 1 more: it is the newer one. Use an older one: --previous REF, FILE or RELEASE.',
      ],
    ],
    [
      'of which the previous one is empty',
      { ...facts, previous: makeDocument('1.36.0', [], 'previous document') },
      ['the previous document has no endpoints. Use an older one: --previous REF, FILE or RELEASE.'],
    ],
  ])('%s', (_, given, doubts, rules) => {
    expect(judgeDoubts(given, rules)).toEqual(doubts);
  });

  test('of an ancestor may be of the same release, and may have the same endpoints', () => {
    const ancestor = { ...previous, ...wasBy({ release: '1.37.0-alpha.3', digest: 'aa' }), isAncestor: true };
    expect(judgeDoubts({ ...facts, previous: ancestor })).toEqual([]);
    const same = {
      ...facts,
      current: { ...current, ...isBy({ digest: 'aa' }) },
      previous: { ...ancestor, endpoints: current.endpoints },
    };
    expect(judgeDoubts(same)).toEqual([]);
    expect(judgeGate(same)).toMatchObject({
      exitCode: 0,
      notes: ['The previous document is of an ancestor commit in 1.37.0. It has the same endpoints, so none is new.'],
    });
    expect(judgeGate({ ...facts, previous: ancestor }).notes[0]).toBe(
      'The previous document is of an ancestor commit in 1.37.0. Only what changed between the two commits is new.',
    );
    const newer = { ...ancestor, ...wasBy({ release: '1.38.0' }) };
    expect(judgeDoubts({ ...facts, previous: newer })).toHaveLength(1);
  });
});

describe('the lists', () => {
  const tests = (...promoted: (string | null)[]): ConformanceTest[] =>
    promoted.map((release, index) => makeTest(`T${index}`, release));
  const old = Array.from({ length: 300 }, () => '1.36.0');
  test.each<Case>([
    [
      'of tests is empty',
      { ...facts, conformance: makeList('conformance tests', []) },
      ['the conformance tests has no tests. Use the conformance.yaml of the same commit.'],
    ],
    [
      'of tests is newer than the document',
      { ...facts, hits: [], conformance: makeList('conformance tests', tests('1.36.0', '1.38.0')) },
      [
        'the conformance tests has tests of 1.38.0, so the document of 1.37.0 is older than it. Use the document of the same commit.',
      ],
    ],
    [
      // As in the list of 1.33.0.
      'of tests has a few of the next release',
      { ...facts, hits: [], conformance: makeList('conformance tests', tests(...old, '1.38.0', '1.38.0')) },
      [],
    ],
    [
      'of tests has one of a far release',
      { ...facts, hits: [], conformance: makeList('conformance tests', tests(...old, '1.39.0')) },
      [
        'the conformance tests has tests of 1.39.0, so the document of 1.37.0 is older than it. Use the document of the same commit.',
      ],
    ],
    [
      'of tests is much older',
      { ...facts, hits: [], conformance: makeList('conformance tests', tests('1.35.0')) },
      [
        'the conformance tests ends with 1.35.0, and the document is of 1.37.0. Use the conformance.yaml of the same commit.',
      ],
    ],
    [
      'of tests has no release',
      { ...facts, hits: [], conformance: makeList('conformance tests', tests(null)) },
      [
        'the conformance tests has no readable release, and the document is of 1.37.0. Use the conformance.yaml of the same commit.',
      ],
    ],
    [
      'of endpoints is of another document',
      { ...facts, ineligible: makeList('ineligible', listed(['a', 'b', 'c', 'd', 'e'])) },
      [
        '5 of the 5 entries of the ineligible are not endpoints of the document. Use the list of ineligible endpoints of the same commit.',
      ],
    ],
    [
      'of endpoints has a few that are gone',
      { ...facts, ineligible: makeList('ineligible', listed(['a', 'b', 'c', 'd'])) },
      [],
    ],
  ])('%s', (_, given, doubts, rules) => {
    expect(judgeDoubts(given, rules)).toEqual(doubts);
  });
});

describe('the hits', () => {
  const e2e = { ...hitBy('GET', configMaps, 'ConfigMap'), confTested: false };
  const unknown = (count: number): string[] => Array.from({ length: count }, (_, index) => `u${index}`);
  const seen = (promoted: number, hit: number): GateFacts => ({
    ...withHits({ tests: Array.from({ length: hit }, (_, index) => makeTest(`T${index}`, null).codename) }),
    conformance: makeList('conformance tests', [
      ...Array.from({ length: promoted }, (_, index) => makeTest(`T${index}`, '1.36.0')),
      ...Array.from({ length: 16 }, (_, index) => makeTest(`New ${index}`, '1.37.0')),
    ]),
  });
  const unwhole = (hit: number, promoted: number): string =>
    `the hits: It has hits of ${hit} of the ${promoted} conformance tests that were promoted before 1.37.0: its run ` +
    'stopped early, or it is stale. Give the hits of a whole run, or --partial.';
  test.each<Case>([
    ['are empty', withHits({ endpoints: [] }), ['the hits has no hits. Give those of a whole run, or none at all.']],
    ['are of a patch release', withHits({}, { release: '1.37.4' }), []],
    [
      'are of another release',
      withHits({}, { release: '1.36.2' }),
      ['the hits is of 1.36.2, and the document of 1.37.0. Give hits of 1.37.0.'],
    ],
    [
      'are of another release of Kubernetes, for own groups',
      withHits({}, { release: '1.36.2' }),
      [],
      { groups: ['things.k8s.io'] },
    ],
    [
      'are of an unknown release',
      withHits({}, { release: null }),
      ['The release of the hits is unknown. Use --hits-release X.Y.Z.'],
    ],
    ['are of an unknown release, but of this commit', ofThisCommit(withHits({}, { release: null })), []],
    [
      'are too old',
      withHits({}, { date: '2026-06-29' }),
      ['the hits is 52.5 days old; the limit is 14 days. Give newer hits, or a longer --max-age.'],
    ],
    ['may be old', withHits({}, { date: '2020-01-01' }), [], { maxAgeMs: null }],
    ['are of today, elsewhere', withHits({}, { date: '2026-08-21T11:00:00Z' }), []],
    [
      'are of the future',
      withHits({}, { date: '2026-08-22T00:00:00Z' }),
      ['the hits is of 2026-08-22T00:00:00Z, in the future. Correct the clock or its date.'],
      { maxAgeMs: null },
    ],
    [
      'have no date',
      withHits({}, { date: null }),
      ['The age of the hits is unknown. Use --hits-date DATE, or --max-age none.'],
    ],
    ['have no date, at any age', withHits({}, { date: null }), [], { maxAgeMs: null }],
    [
      'are of endpoints that the document lacks',
      withHits({ unknown: unknown(10) }),
      [
        '10 of the 11 endpoints that the hits hits are unknown to the document: it is of another cluster or release. Give hits of this document.',
      ],
    ],
    ['are of a few endpoints that the document lacks', withHits({ unknown: unknown(9) }), []],
    ['are of a whole cluster, for own groups', withHits({ unknown: unknown(99) }), [], { groups: ['things.k8s.io'] }],
    [
      'are of no conformance test',
      withHits({ endpoints: [e2e] }),
      ['the hits has no hit of a conformance test. Give hits of a conformance run, or use --any-test.'],
    ],
    ['are of e2e tests, which are enough', withHits({ endpoints: [e2e] }), [], { anyTest: true }],
    [
      'are incomplete',
      withHits({ incomplete: ['Its last line is cut.'] }),
      ['the hits: Its last line is cut. Give the hits of a whole run, or --partial.'],
    ],
    ['may be incomplete', withHits({ incomplete: ['Its last line is cut.'] }), [], { partial: true }],
    // Published coverage of 1.34.0, 1.36.0 and 1.37.0 in development.
    ['are of a stale run', seen(417, 380), [unwhole(380, 417)]],
    ['are of a whole run of a release', seen(441, 439), []],
    ['are of a whole run in development', seen(443, 441), []],
    ['are of exactly 95 %', seen(100, 95), []],
    ['are of less', seen(100, 94), [unwhole(94, 100)]],
  ])('%s', (_, given, doubts, rules) => {
    expect(judgeDoubts(given, rules)).toEqual(doubts);
  });

  test('that stopped early prove no absence', () => {
    const given = ofThisCommit(seen(417, 380));
    const answer = judgeGate(given, { ...defaultRules, partial: true });
    expect(answer.verdict).toBe('not yet proven');
    // The test of ConfigMap is not in this list, so its hits do not count.
    expect(answer.gaps).toMatchObject([
      { path: configMaps, state: 'not yet proven' },
      { path: widgets, state: 'not yet proven' },
    ]);
  });
});

test('every doubt ends with the way out', () => {
  const given: GateFacts = {
    ...withHits({ unknown: ['a'], incomplete: ['It is cut.'] }, { release: '1.30.0', date: '2020-01-01' }),
    previous: { ...previous, endpoints: current.endpoints },
    conformance: null,
  };
  for (const doubt of judgeDoubts(given)) expect(doubt).toMatch(/\. (?:Use|Give|Get|Correct|Name) .+\.$/);
  expect(judgeGate(given).summary).toBe('Cannot tell, for 5 reasons. Nothing was judged.');
});

describe('lists of another branch', () => {
  const withList = (changes: Partial<SourceFacts>): GateFacts =>
    makeFacts({ ineligible: { source: makeSource('ineligible', changes), entries: [], added: null, removed: null } });

  test.each<[string, Partial<SourceFacts>, string[]]>([
    [
      'another minor release',
      { release: '1.36.2' },
      ['the ineligible is of 1.36.2, and the document of 1.37.0. Use the list of the same commit as the document.'],
    ],
    ['another patch release', { release: '1.37.2' }, []],
    [
      'another commit',
      { commit: 'fedcba9876543210', commitFrom: 'git' },
      [
        'the ineligible is of commit fedcba987654, and the document of abcdef012345. Use the list of the same commit as ' +
          'the document.',
      ],
    ],
    ['the same commit', { commit, commitFrom: 'git' }, []],
  ])('of %s', (_, changes, doubts) => {
    const listed = withList(changes);
    const source = { ...listed.current.source, commit, commitFrom: 'git' as const };
    expect(judgeGate({ ...listed, current: { ...listed.current, source } }).doubts).toEqual(doubts);
  });
});

test('each of several own groups needs an endpoint', () => {
  const own = { ...makeFacts(), conformance: null, ineligible: null, pending: null, hits: [] };
  const groups = ['things.k8s.io', 'other.example.com', '*.example.io'];
  expect(judgeGate(own, { ...defaultRules, groups }).doubts).toEqual([
    'the document has no endpoint of other.example.com, *.example.io. Correct --group, or get the document of your API.',
  ]);
});
