import type { RunCoverage } from '@snoop/snoopdb';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { printReport } from '../../src/report/print.ts';
import { createReport } from '../../src/report/report.ts';
import { describeOrigin } from '../../src/report/hit-origins.ts';
import { changeOf, endpointHit, sampleCoverage } from './sample-coverage.ts';

const note = {
  test: 1,
  step: 'delete',
  method: 'GET',
  path: '/x?a=1',
  code: 404,
  endpoint: null,
  reason: 'not served',
};
const report = createReport(
  sampleCoverage(
    [
      endpointHit('createCoreV1NamespacedConfigMap', { answers: { 201: 1 } }),
      endpointHit('readNamespacedThing', {
        level: 'beta',
        hits: 2,
        answers: { 200: 2, 404: 1 },
        e2e: false,
        conformance: false,
        eligible: false,
        untestedUntilNow: true,
      }),
    ],
    {
      evidence: {
        sent: 5,
        recorded: 3,
        noAnswer: [{ ...note, code: null, reason: 'ECONNRESET' }],
        beforeAudit: [],
        others: [],
        missing: [{ ...note, code: 200, reason: 'no event arrived' }],
      },
      unresolved: [note],
      change: [changeOf('eligible'), changeOf('beta', { total: 4, before: 1, after: 2, from: { passed: 1 } })],
    },
  ),
);

const emptyTest: RunCoverage['tests'][number] = {
  ...{ test: 1, name: 'a test', file: 'a.ts', state: 'passed', error: null, tries: 1, startedAt: null, endedAt: null },
  ...{ steps: [], endpoints: [], endpointsByTry: [] },
};

test('prints text', () => {
  expect(`\n${printReport(report, 'text', false)}`).toMatchInlineSnapshot(`
    "
    Run       20261121-030501-x7k2q9: passed; 1 passed, 2.5 s, as live-test-writing, by ada
    Cluster   Kubernetes 1.36.3 at https://127.0.0.1:6443
    Baseline  1.36.0 of 2026-04-20, 18 of 30 endpoints tested; from a file made for this test
    Evidence  5 requests sent, 3 recorded, 1 got no answer
    Note      1 request not recorded; the report covers only recorded requests.

    ✓ ConfigMap lifecycle examples/config-map-lifecycle.live.ts
        STEP    REQUESTS
        create  1
        delete  2

        ENDPOINT                         LEVEL   HITS  ANSWERS      E2E  CONFORMANCE
        createCoreV1NamespacedConfigMap  stable  1     201          yes  yes
        readNamespacedThing              beta    2     200 ×2, 404  no   no           untested until now
        2 endpoints hit, 1 of them untested until now

    Requests that are not recorded
        REQUEST     ANSWER  ENDPOINT  TEST                          WHY
        GET /x?a=1  200     -         ConfigMap lifecycle › delete  no event arrived

    Requests that got no answer
        REQUEST     ANSWER  ENDPOINT  TEST                          WHY
        GET /x?a=1  -       -         ConfigMap lifecycle › delete  ECONNRESET

    Requests that resolved to no endpoint
        REQUEST     ANSWER  ENDPOINT  TEST                          WHY
        GET /x?a=1  404     -         ConfigMap lifecycle › delete  not served

    Projected change in coverage by this run alone, compared with 1.36.0
        ENDPOINTS                     TOTAL  BEFORE  AFTER  CHANGE
        eligible, conformance tested  10     5       5      0
        eligible, tested              10     6       6      0
        beta, tested                  4      1       2      +1
        beta, conformance tested      4      5       5      0
        eligible, conformance tested 0: the only eligible endpoint hit is already conformance tested; 1 newly hit endpoint is not eligible: not stable (level beta)
        eligible, tested 0: the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible: not stable (level beta)
        beta, conformance tested 0: 1 newly hit endpoint is not eligible: not stable (level beta)

    Verdict      passed: 1 passed
    Evidence     1 of 5 requests not recorded
    Newly hit    1 endpoint untested until now: readNamespacedThing
    Change       beta, tested +1
    "
  `);
});

test('prints Markdown', () => {
  expect(`\n${printReport(report, 'markdown', false)}`).toMatchInlineSnapshot(`
    "
    # Coverage report of run 20261121-030501-x7k2q9

    - **Run**: 20261121-030501-x7k2q9: passed; 1 passed, 2.5 s, as live-test-writing, by ada
    - **Cluster**: Kubernetes 1.36.3 at https://127.0.0.1:6443
    - **Baseline**: 1.36.0 of 2026-04-20, 18 of 30 endpoints tested; from a file made for this test
    - **Evidence**: 5 requests sent, 3 recorded, 1 got no answer
    - **Note**: 1 request not recorded; the report covers only recorded requests.

    ## ConfigMap lifecycle: passed

    \`examples/config-map-lifecycle.live.ts\`

    | step | requests |  |
    | --- | --- | --- |
    | create | 1 |  |
    | delete | 2 |  |

    | endpoint | level | hits | answers | e2e | conformance |  |
    | --- | --- | --- | --- | --- | --- | --- |
    | createCoreV1NamespacedConfigMap | stable | 1 | 201 | yes | yes |  |
    | readNamespacedThing | beta | 2 | 200 ×2, 404 | no | no | untested until now |

    2 endpoints hit, 1 of them untested until now

    ## Requests that are not recorded

    | request | answer | endpoint | test | why |
    | --- | --- | --- | --- | --- |
    | GET /x?a=1 | 200 | - | ConfigMap lifecycle › delete | no event arrived |

    ## Requests that got no answer

    | request | answer | endpoint | test | why |
    | --- | --- | --- | --- | --- |
    | GET /x?a=1 | - | - | ConfigMap lifecycle › delete | ECONNRESET |

    ## Requests that resolved to no endpoint

    | request | answer | endpoint | test | why |
    | --- | --- | --- | --- | --- |
    | GET /x?a=1 | 404 | - | ConfigMap lifecycle › delete | not served |

    ## Projected change in coverage by this run alone, compared with 1.36.0

    | endpoints | total | before | after | change |
    | --- | --- | --- | --- | --- |
    | eligible, conformance tested | 10 | 5 | 5 | 0 |
    | eligible, tested | 10 | 6 | 6 | 0 |
    | beta, tested | 4 | 1 | 2 | +1 |
    | beta, conformance tested | 4 | 5 | 5 | 0 |

    - eligible, conformance tested 0: the only eligible endpoint hit is already conformance tested; 1 newly hit endpoint is not eligible: not stable (level beta)
    - eligible, tested 0: the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible: not stable (level beta)
    - beta, conformance tested 0: 1 newly hit endpoint is not eligible: not stable (level beta)
    "
  `);
});

test('prints JSON', () => {
  expect(JSON.parse(printReport(report, 'json', false))).toMatchObject({
    evidenceSentence: '5 requests sent, 3 recorded, 1 got no answer',
    complete: false,
    change: [
      {
        of: 'eligible',
        conformance: { reason: expect.stringContaining('is already conformance tested') },
        reason: expect.stringContaining(
          'the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible',
        ),
      },
      { of: 'beta', reason: null },
    ],
  });
});

test('escapes markup in Markdown', () => {
  const hostile = '| <img src=x> @team `code` **bold** [a](b)\n# head';
  const printed = printReport(
    createReport(
      sampleCoverage([], {
        tests: [{ ...emptyTest, name: hostile }],
      }),
    ),
    'markdown',
    false,
  );
  expect(printed).toContain(
    '## \\| \\<img src=x\\> @\u200bteam \\`code\\` \\*\\*bold\\*\\* \\[a\\](b) \\# head: passed',
  );
});

test('escapes terminal control characters in every format', () => {
  const hostile = 'a\u009b31m\u202eb\u2028c';
  const tests: RunCoverage['tests'] = [
    {
      ...emptyTest,
      file: hostile,
      state: 'failed',
      error: `${hostile}\n${hostile}`,
      name: hostile,
    },
  ];
  const named = createReport(sampleCoverage([], { tests }));
  for (const format of ['text', 'json', 'markdown'] as const) {
    expect(printReport(named, format, false)).not.toMatch(/[\u009b\u202e\u2028]/);
  }
  expect(JSON.parse(printReport(named, 'json', false))).toMatchObject({ tests: [{ name: hostile, file: hostile }] });
});

test('warns of another baseline and of incomplete data', () => {
  const { baseline } = sampleCoverage([]);
  const other = createReport(
    sampleCoverage([], {
      baseline: { ...baseline, release: '1.34.0', exact: false, incomplete: 'its totals disagree with its list.' },
    }),
  );
  expect(other.warnings).toMatchInlineSnapshot(`
    [
      "The cluster is 1.36.3; the baseline is 1.34.0, the nearest release with coverage data.",
      "The baseline's data is incomplete: its totals disagree with its list.",
    ]
  `);
});

const newHit = endpointHit('createThing', { e2e: false, conformance: false, eligible: false, untestedUntilNow: true });
const conformanceHit = endpointHit('listAppsV1NamespacedDaemonSet', { conformance: false, newToConformance: true });
const troubled = createReport(
  sampleCoverage([newHit, conformanceHit], {
    run: { ...sampleCoverage([]).run, state: 'failed' },
    errors: [
      { file: 'syntax.live.ts', line: 3, message: 'Transform failed with 1 error:\n\nUnexpected token' },
      { file: null, line: null, message: 'left alone' },
    ],
    tests: [
      {
        ...{ ...emptyTest, name: 'third time', tries: 3 },
        steps: [
          { name: 'ask', try: 1, state: 'failed', requests: 1 },
          { name: 'ask', try: 2, state: 'failed', requests: 0 },
          { name: 'ask', try: 3, state: 'passed', requests: 1 },
        ],
        endpoints: [{ ...newHit, hitsFrom: { 'failed try': 1 } }, conformanceHit],
        endpointsByTry: [[{ ...newHit, hitsFrom: { 'failed try': 1 } }], [], [conformanceHit]],
      },
      {
        ...{ ...emptyTest, test: 2, name: 'broken', state: 'failed', error: 'expected:\n  1' },
        endpoints: [{ ...newHit, hitsFrom: { 'failed test': 1 } }],
      },
      { ...emptyTest, test: 3, name: 'left out', state: 'skipped' },
      { ...emptyTest, test: 4, name: 'cut off', state: 'running' },
    ],
    endpoints: [{ ...newHit, hits: 2, hitsFrom: { 'failed try': 1, 'failed test': 1 } }, conformanceHit],
    change: [
      changeOf('eligible', { conformance: { before: 5, after: 6, difference: 1, from: { passed: 1 } } }),
      changeOf('stable', { after: 7, from: { 'failed try': 1 } }),
    ],
  }),
);

test('prints errors outside of tests, tries, the origin of hits, and the verdict last', () => {
  expect(`\n${printReport(troubled, 'text', false)}`).toMatchInlineSnapshot(`
    "
    Run       20261121-030501-x7k2q9: failed; 1 passed, 1 failed, 1 skipped, 1 unfinished, 2 errors outside of tests, 2.5 s, as live-test-writing, by ada
    Cluster   Kubernetes 1.36.3 at https://127.0.0.1:6443
    Baseline  1.36.0 of 2026-04-20, 18 of 30 endpoints tested; from a file made for this test
    Evidence  3 requests sent, 3 recorded

    Errors outside of tests
        syntax.live.ts:3
            Transform failed with 1 error:

            Unexpected token
        unknown place
            left alone

    ✓ third time a.ts passed on try 3
        STEP  REQUESTS
        ask   1         try 1, failed
        ask   0         try 2, failed
        ask   1         try 3

        Try 1, failed
        ENDPOINT     LEVEL   HITS  ANSWERS  E2E  CONFORMANCE
        createThing  stable  1     200      no   no           untested until now
        1 endpoint hit (from a failed try), 1 of them untested until now
        Try 2, failed
        It hit no endpoint with success.
        Try 3, passed
        ENDPOINT                       LEVEL   HITS  ANSWERS  E2E  CONFORMANCE
        listAppsV1NamespacedDaemonSet  stable  1     200      yes  no           in no conformance test until now
        1 endpoint hit, none of them untested until now, 1 in no conformance test until now

    ✗ broken a.ts
        expected:
          1
        ENDPOINT     LEVEL   HITS  ANSWERS  E2E  CONFORMANCE
        createThing  stable  1     200      no   no           untested until now
        1 endpoint hit (from a failed test), 1 of them untested until now

    - left out a.ts

    … cut off a.ts
        It hit no endpoint with success.

    Projected change in coverage by this run alone, compared with 1.36.0
        ENDPOINTS                     TOTAL  BEFORE  AFTER  CHANGE
        eligible, conformance tested  10     5       6      +1
        eligible, tested              10     6       6      0
        stable, tested                10     6       7      +1, from a failed try
        stable, conformance tested    10     5       5      0
        eligible, tested 0: the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible: not listed as eligible
        stable, conformance tested 0: 1 newly hit endpoint is not eligible: not listed as eligible

    Verdict      failed: 1 passed, 1 failed, 1 skipped, 1 unfinished, 2 errors outside of tests
    Newly hit    1 endpoint untested until now, from a failed try: createThing; 1 endpoint in no conformance test until now: listAppsV1NamespacedDaemonSet
    Change       eligible, conformance tested +1; stable, tested +1, from a failed try
    First error  syntax.live.ts:3: Transform failed with 1 error: Unexpected token
    "
  `);
});

test('prints the same as Markdown', () => {
  const printed = printReport(troubled, 'markdown', false);
  expect(printed.slice(printed.indexOf('## Errors'))).toMatchInlineSnapshot(`
    "## Errors outside of tests

    \`syntax.live.ts:3\`

    \`\`\`
    Transform failed with 1 error:

    Unexpected token
    \`\`\`

    \`unknown place\`

    \`\`\`
    left alone
    \`\`\`

    ## third time: passed on try 3

    \`a.ts\`

    | step | requests |  |
    | --- | --- | --- |
    | ask | 1 | try 1, failed |
    | ask | 0 | try 2, failed |
    | ask | 1 | try 3 |

    ### Try 1, failed

    | endpoint | level | hits | answers | e2e | conformance |  |
    | --- | --- | --- | --- | --- | --- | --- |
    | createThing | stable | 1 | 200 | no | no | untested until now |

    1 endpoint hit (from a failed try), 1 of them untested until now

    ### Try 2, failed

    It hit no endpoint with success.

    ### Try 3, passed

    | endpoint | level | hits | answers | e2e | conformance |  |
    | --- | --- | --- | --- | --- | --- | --- |
    | listAppsV1NamespacedDaemonSet | stable | 1 | 200 | yes | no | in no conformance test until now |

    1 endpoint hit, none of them untested until now, 1 in no conformance test until now

    ## broken: failed

    \`a.ts\`

    \`\`\`
    expected:
      1
    \`\`\`

    | endpoint | level | hits | answers | e2e | conformance |  |
    | --- | --- | --- | --- | --- | --- | --- |
    | createThing | stable | 1 | 200 | no | no | untested until now |

    1 endpoint hit (from a failed test), 1 of them untested until now

    ## left out: skipped

    \`a.ts\`

    ## cut off: running

    \`a.ts\`

    It hit no endpoint with success.

    ## Projected change in coverage by this run alone, compared with 1.36.0

    | endpoints | total | before | after | change |
    | --- | --- | --- | --- | --- |
    | eligible, conformance tested | 10 | 5 | 6 | +1 |
    | eligible, tested | 10 | 6 | 6 | 0 |
    | stable, tested | 10 | 6 | 7 | +1, from a failed try |
    | stable, conformance tested | 10 | 5 | 5 | 0 |

    - eligible, tested 0: the only eligible endpoint hit is already tested; 1 newly hit endpoint is not eligible: not listed as eligible
    - stable, conformance tested 0: 1 newly hit endpoint is not eligible: not listed as eligible
    "
  `);
});

test('prints errors and origins as JSON', () => {
  expect(JSON.parse(printReport(troubled, 'json', false))).toMatchObject({
    errors: [{ file: 'syntax.live.ts', line: 3 }, { file: null }],
    tests: [{ tries: 3, endpointsByTry: [[{ hitsFrom: { 'failed try': 1 } }], [], [{ hits: 1 }]] }, {}, {}, {}],
    change: [{ conformance: { difference: 1 } }, { from: { 'failed try': 1 } }],
  });
});

test('--passed-only reports what it leaves out', () => {
  const [first, second] = troubled.tests;
  if (!first || !second) throw new Error('it has tests');
  const passedOnly = createReport(
    sampleCoverage([conformanceHit], {
      passedOnly: true,
      tests: [
        { ...first, endpoints: [conformanceHit], endpointsByTry: [[], [], [conformanceHit]] },
        { ...second, endpoints: [] },
      ],
    }),
  );
  const printed = printReport(passedOnly, 'text', false);
  expect(passedOnly.warnings).toEqual(['Only hits of passed tests are counted (--passed-only).']);
  expect(printed.match(/Its hits are left out\./g)).toHaveLength(3);
  expect(printed).toContain('Projected change in coverage by the passed tests of this run alone');
});

test.each([
  [{}, ''],
  [{ passed: 3 }, ''],
  [{ 'failed test': 1 }, 'from a failed test'],
  [{ 'failed test': 2 }, 'all from failed tests'],
  [{ passed: 2, 'failed try': 2, 'unfinished test': 1 }, '2 of them from failed tries, 1 from an unfinished test'],
] as const)('describes the origin of %o', (given, words) => {
  expect(describeOrigin(given)).toBe(words);
});

test.each([40, 80, 120])('text fits into a terminal of %i columns', (width) => {
  const wide = printReport(report, 'text', true, width).split('\n');
  expect(wide.filter((line) => stringWidth(line) > width)).toEqual([]);
  const count = (text: string): number =>
    text.replace(/\s/g, '').match(/createCoreV1NamespacedConfigMap|untesteduntilnow/g)?.length ?? 0;
  const narrow = printReport(report, 'text', false, width);
  expect(count(narrow)).toBe(count(printReport(report, 'text', false)));
});

test('prints an outlined test apart, with its steps to be written', () => {
  const steps = ['create', 'delete'].map((name) => ({ name, try: 1, state: 'outlined' as const, requests: 0 }));
  const passed: RunCoverage['tests'][number]['steps'] = [{ name: 'list', try: 1, state: 'passed', requests: 1 }];
  const outlined = createReport(
    sampleCoverage([], {
      tests: [
        { ...emptyTest, name: 'planned', state: 'outlined', steps },
        { ...emptyTest, test: 2, name: 'begun', steps: [...passed, ...steps.slice(1)] },
      ],
    }),
  );
  const text = printReport(outlined, 'text', false);
  expect(`\n${text.slice(text.indexOf('○'), text.indexOf('Projected'))}`).toMatchInlineSnapshot(`
    "
    ○ planned a.ts
        STEP    REQUESTS
        create  0         to be written
        delete  0         to be written

        All its steps are to be written.

    ✓ begun a.ts
        STEP    REQUESTS
        list    1
        delete  0         to be written

        It hit no endpoint with success.

    "
  `);
  expect(text).toContain('20261121-030501-x7k2q9: passed; 1 passed, 1 outlined,');
  expect(text).toContain('Verdict      passed: 1 passed, 1 outlined\n');
  const markdown = printReport(outlined, 'markdown', false);
  expect(markdown.slice(markdown.indexOf('## planned'), markdown.indexOf('## begun'))).toMatchInlineSnapshot(`
    "## planned: outlined

    \`a.ts\`

    | step | requests |  |
    | --- | --- | --- |
    | create | 0 | to be written |
    | delete | 0 | to be written |

    All its steps are to be written.

    "
  `);
  expect(JSON.parse(printReport(outlined, 'json', false))).toMatchObject({
    tests: [{ state: 'outlined', steps: [{ state: 'outlined' }, { state: 'outlined' }] }, { state: 'passed' }],
  });
});
