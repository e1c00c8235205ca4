import type { Gap, GateAnswer, PendingGap } from '../../../src/gate/answer.ts';
import type { SourceFacts } from '../../../src/gate/facts.ts';

/** Untrusted text that would end what it is printed in. */
export const hostile =
  ']]></failure> "&\u0000\u001b[31m\ufffe\ud800\u202e\n::error::%0A x\n##[set-env name=A;]b|`<b>@all';

const source: SourceFacts = {
  ...{
    role: 'document',
    name: 'api/openapi-spec/swagger.json',
    digest: '0123456789abcdef'.repeat(4),
    bytes: 3_800_000,
  },
  ...{ count: 1023, release: '1.37.0', releaseFrom: 'git', date: '2026-11-28T09:30:00Z', dateFrom: 'git' },
  ...{ commit: '4f270ff0a1b2c3d4e5f60718293a4b5c6d7e8f90', commitFrom: 'git', problems: [], notes: [] },
};

const sources: readonly SourceFacts[] = [
  source,
  {
    ...source,
    ...{
      role: 'previous document',
      name: 'git: v1.36.0:api/openapi-spec/swagger.json',
      release: '1.36.0',
      count: 1011,
    },
    ...{
      releaseFrom: 'content',
      date: '2026-04-22T00:00:00Z',
      commit: 'a'.repeat(40),
      notes: ['3 operations have several tags.'],
    },
  },
  {
    ...source,
    role: 'conformance tests',
    name: 'test/conformance/testdata/conformance.yaml',
    count: 441,
    release: null,
    releaseFrom: null,
  },
  { ...source, role: 'ineligible', name: 'test/conformance/testdata/ineligible_endpoints.yaml', count: 101 },
  { ...source, role: 'pending', name: 'test/conformance/testdata/pending_eligible_endpoints.yaml', count: 2 },
  {
    ...source,
    ...{ role: 'hits', name: 'coverage.json', count: 591, date: '2026-11-29T01:00:00Z', dateFrom: 'content' },
    ...{ commit: '4f270ff', commitFrom: 'flag', releaseFrom: 'content' },
  },
];

export const gap: Gap = {
  ...{ endpoint: 'createNodeV1Thing', method: 'POST', path: '/apis/node.k8s.io/v1/things', kind: 'Thing' },
  ...{ group: 'node.k8s.io', version: 'v1', level: 'stable', firstRelease: '1.37.0', age: 0, isNew: true },
  ...{ state: 'missing', because: null, sig: 'node', command: 'snoop new createNodeV1Thing' },
  nearest: { test: '[sig-node] Thing lists things [Conformance]', endpoint: 'listNodeV1Thing' },
};
const status: Gap = {
  ...gap,
  ...{
    endpoint: 'patchCoreV1NamespacedPodStatus',
    method: 'PATCH',
    path: '/api/v1/namespaces/{namespace}/pods/{name}/status',
  },
  ...{ kind: 'Pod', group: '', nearest: null, command: 'snoop new patchCoreV1NamespacedPodStatus' },
};
const pendingGap: PendingGap = {
  ...status,
  endpoint: 'getPending',
  since: '1.36.0',
  pendingFor: 1,
  command: 'snoop new getPending',
};

const passed: GateAnswer = {
  ...{ verdict: 'nothing missing', exitCode: 0, summary: 'All 12 new endpoints are hit by conformance tests.' },
  ...{ release: '1.37.0', previousRelease: '1.36.0', sources, doubts: [] },
  counts: { endpoints: 664, eligible: 563, newEndpoints: 1, proven: 1 },
  proven: [
    {
      ...{ endpoint: 'listNodeV1Thing', method: 'GET', path: '/apis/node.k8s.io/v1/things', kind: 'Thing' },
      ...{ group: 'node.k8s.io', test: '[sig-node] Thing lists things [Conformance]' },
    },
  ],
  ...{ gaps: [], debt: null, due: [], pending: [], stale: [], staleFails: false, unprovenTests: [], prove: null },
  ...{ renamed: [], readded: [], removed: [], unknownHits: [], notes: [] },
};

/** An answer of every verdict, and one with everything. */
export const sampleAnswers = {
  'nothing missing': passed,
  missing: {
    ...passed,
    ...{ verdict: 'missing', exitCode: 1, summary: '2 endpoints are missing a conformance test.' },
    ...{ gaps: [gap, status], counts: { endpoints: 664, eligible: 563, newEndpoints: 3, proven: 1 } },
  },
  'not yet proven': {
    ...passed,
    ...{
      verdict: 'not yet proven',
      exitCode: 1,
      summary: '1 endpoint is not yet proven: no run of this commit was given.',
    },
    gaps: [{ ...gap, state: 'not yet proven' }],
    unprovenTests: [
      { codename: '[sig-node] Thing -- lifecycle [Conformance]', file: 'test/e2e/node/thing.go', line: 120 },
    ],
    prove: `snoop exec -- e2e.test -ginkgo.focus '\\[sig-node\\] Thing -- lifecycle'`,
  },
  'stale lists': {
    ...passed,
    ...{ verdict: 'stale lists', exitCode: 1, summary: '1 entry of a list should be removed.', staleFails: true },
    stale: [{ list: 'pending', endpoint: 'getGone', line: 7, why: 'The document has no such endpoint.' }],
  },
  'cannot tell': {
    ...passed,
    ...{ verdict: 'cannot tell', exitCode: 3, summary: 'A source is broken.', previousRelease: null, proven: [] },
    sources: sources.map((one) =>
      one.role === 'previous document'
        ? {
            ...one,
            digest: null,
            release: null,
            releaseFrom: null,
            count: null,
            bytes: null,
            problems: ['git has no v1.36.0.'],
          }
        : one,
    ),
    doubts: ['git has no v1.36.0. Fetch it: git fetch --depth 1 origin tag v1.36.0'],
    counts: { endpoints: 0, eligible: 0, newEndpoints: 0, proven: 0 },
  },
  everything: {
    ...passed,
    ...{ verdict: 'missing', exitCode: 1, summary: '3 endpoints are missing a conformance test.' },
    gaps: [
      { ...gap, level: 'beta' },
      { ...status, state: 'not yet proven' },
      { ...status, endpoint: 'getOld', isNew: false, because: 'pending since 1.35.0, longer than --pending-limit 2' },
    ],
    debt: [{ ...status, endpoint: 'getDebt', isNew: false, age: 4, firstRelease: '1.33.0' }],
    due: [{ ...gap, endpoint: 'getDue', due: '1.38.0' }],
    pending: [pendingGap],
    stale: [{ list: 'ineligible', endpoint: 'getGone', line: null, why: 'The document has no such endpoint.' }],
    unprovenTests: [{ codename: 'a test', file: null, line: null }],
    prove: 'snoop exec -- e2e.test',
    ...{ renamed: [{ from: 'getA', to: 'getB' }], readded: ['getAgain'], removed: ['getRemoved'] },
    unknownHits: Array.from({ length: 25 }, (_, number) => `getUnknown${number}`),
    notes: ['The hits are of a cluster with feature gates.'],
  },
  hostile: {
    ...passed,
    ...{ verdict: 'cannot tell', exitCode: 3, summary: hostile, release: hostile, doubts: [hostile], notes: [hostile] },
    sources: [{ ...source, name: hostile, digest: hostile, release: hostile, commit: hostile, notes: [hostile] }],
    proven: [{ endpoint: hostile, method: 'GET', path: hostile, kind: hostile, group: hostile, test: hostile }],
    gaps: [
      {
        ...gap,
        ...{
          endpoint: hostile,
          path: hostile,
          kind: hostile,
          group: hostile,
          sig: hostile,
          because: hostile,
          command: hostile,
        },
        nearest: { test: hostile, endpoint: hostile },
      },
    ],
    debt: [{ ...gap, endpoint: hostile }],
    due: [{ ...gap, endpoint: hostile, due: hostile }],
    pending: [{ ...pendingGap, endpoint: hostile, since: hostile }],
    stale: [{ list: 'pending', endpoint: hostile, line: 1, why: hostile }],
    unprovenTests: [{ codename: hostile, file: hostile, line: 2 }],
    ...{ prove: hostile, renamed: [{ from: hostile, to: hostile }], readded: [hostile], removed: [hostile] },
    unknownHits: [hostile],
  },
} satisfies Record<string, GateAnswer>;
