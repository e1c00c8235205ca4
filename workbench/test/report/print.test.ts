import type { RunCoverage } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { parseReportFormat, printReport } from '../../src/report/print.ts';
import { createReport } from '../../src/report/report.ts';
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
        missing: [{ ...note, code: 200, reason: 'no event arrived' }],
      },
      unresolved: [note],
      change: [changeOf('eligible'), changeOf('beta', { total: 4, before: 1, after: 2, from: { passed: 1 } })],
    },
  ),
);

const emptyTest: RunCoverage['tests'][number] = {
  ...{ test: 1, name: 'a test', file: 'a.ts', state: 'passed', error: null, tries: 1 },
  ...{ steps: [], endpoints: [], endpointsByTry: [] },
};

test('text says the head, the evidence, each test, what stands apart, and the change', () => {
  expect(`\n${printReport(report, 'text', false)}`).toMatchInlineSnapshot(`
    "
    Run       20261121-030501-x7k2q9: passed, 1 test, 2.5 s, as live-test-writing, by ada
    Cluster   Kubernetes 1.36.3 at https://127.0.0.1:6443
    Baseline  1.36.0 of 2026-04-20, 18 of 30 endpoints tested; from a file made for this test
    Evidence  5 requests sent, 3 recorded, 1 got no answer
    Note      1 request not recorded: what follows holds only for the requests that are.

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

    Projected change in coverage, compared with 1.36.0
        ENDPOINTS  TOTAL  TESTED BEFORE  AFTER  CHANGE
        eligible   10     6              6      0
        beta       4      1              2      +1
        eligible 0: the one eligible endpoint hit is covered already; 1 newly hit endpoint is not eligible: only stable ones are (level beta)
    "
  `);
});

test('markdown says the same', () => {
  expect(`\n${printReport(report, 'markdown', false)}`).toMatchInlineSnapshot(`
    "
    # Coverage report of run 20261121-030501-x7k2q9

    - **Run**: 20261121-030501-x7k2q9: passed, 1 test, 2.5 s, as live-test-writing, by ada
    - **Cluster**: Kubernetes 1.36.3 at https://127.0.0.1:6443
    - **Baseline**: 1.36.0 of 2026-04-20, 18 of 30 endpoints tested; from a file made for this test
    - **Evidence**: 5 requests sent, 3 recorded, 1 got no answer
    - **Note**: 1 request not recorded: what follows holds only for the requests that are.

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

    ## Projected change in coverage, compared with 1.36.0

    | endpoints | total | tested before | after | change |
    | --- | --- | --- | --- | --- |
    | eligible | 10 | 6 | 6 | 0 |
    | beta | 4 | 1 | 2 | +1 |

    - eligible 0: the one eligible endpoint hit is covered already; 1 newly hit endpoint is not eligible: only stable ones are (level beta)
    "
  `);
});

test('json is the report itself', () => {
  expect(JSON.parse(printReport(report, 'json', false))).toMatchObject({
    evidenceSentence: '5 requests sent, 3 recorded, 1 got no answer',
    complete: false,
    change: [
      {
        of: 'eligible',
        reason: expect.stringContaining(
          'the one eligible endpoint hit is covered already; 1 newly hit endpoint is not eligible',
        ),
      },
      { of: 'beta', reason: null },
    ],
  });
});

test('what an author writes cannot become markup', () => {
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

test('nor does a terminal obey it, in any format', () => {
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

test('a baseline of another release, and incomplete data, are said', () => {
  const { baseline } = sampleCoverage([]);
  const other = createReport(
    sampleCoverage([], {
      baseline: { ...baseline, release: '1.34.0', exact: false, incomplete: 'its totals disagree with its list.' },
    }),
  );
  expect(other.warnings).toMatchInlineSnapshot(`
    [
      "The cluster is 1.36.3; the nearest release with coverage data is 1.34.0, and that is compared with.",
      "The baseline's data is incomplete: its totals disagree with its list.",
    ]
  `);
});

test('an unknown format names the ones there are', () => {
  expect(() => parseReportFormat('yaml')).toThrow("There is no output format 'yaml'.");
});
