import { readCoverage, type ReleaseDocument, type WindowHits } from '@snoop/snoopdb';
import { measureRetainedBytes } from '@snoop/snoopdb/test-memory';
import { describe, expect, test } from 'vitest';
import { createAgents } from '../../../src/audit-run/documents/agents.ts';
import { createCoverage } from '../../../src/audit-run/documents/coverage.ts';
import { createMissingDifference } from '../../../src/audit-run/documents/difference.ts';
import { createFailed } from '../../../src/audit-run/documents/failed.ts';
import { createHitCollector } from '../../../src/audit-run/documents/hit-collector.ts';
import type { SuiteResults } from '../../../src/audit-run/documents/suite-results.ts';
import { createSummary, describeCounters } from '../../../src/audit-run/documents/summary.ts';
import type { AgentPattern } from '../../../src/audit-run/documents/test-names.ts';

const passing: SuiteResults = { exitCode: 0, outcomes: null };

const document: ReleaseDocument = {
  release: '1.36.0',
  spec: 'swagger.json',
  operations: [],
  tests: new Map([['a [Conformance]', { testname: 'A', file: 'a.go', promotionRelease: '1.30.0' }]]),
  endpoints: ['alpha', 'beta', 'gamma'].map((endpoint) => ({
    ...{ endpoint, level: 'stable', category: 'core', path: `/api/v1/${endpoint}`, description: null },
    ...{ kind: null, version: 'v1', group: '', action: 'get' },
    ...{ eligible: endpoint !== 'gamma', isNew: endpoint === 'beta', knowsNew: true },
  })),
};

const hit = (test: string | null, endpoint: string, more: Partial<WindowHits> = {}): WindowHits => ({
  ...{ agent: `e2e.test/v1 -- ${test}`, test, isTest: true, endpoint, isHit: true, code: null, requests: 1 },
  ...more,
});

function collect(rows: readonly WindowHits[], results: SuiteResults = passing, pattern: AgentPattern | null = null) {
  const collector = createHitCollector(results, pattern);
  for (const row of rows) collector.add(row);
  return collector.finish();
}

const facts = {
  release: '1.36.3',
  startedAt: new Date('2026-11-30T10:00:00Z'),
  sources: ['run'],
  reasons: [],
  hidden: [],
};
const cover = (hits: ReturnType<typeof collect>) => createCoverage(document, hits, facts);

describe('coverage', () => {
  test('has the published form, with totals that agree', () => {
    const coverage = cover(collect([hit('a [Conformance]', 'alpha'), hit('b', 'beta'), hit('b', 'unknown')]));
    const { endpoints, ...rest } = coverage;
    expect(rest).toMatchInlineSnapshot(`
      {
        "new conformance eligible endpoints": 1,
        "new tested conformance eligible endpoints": 0,
        "release": "1.36.3",
        "release_date": "2026-11-30T10:00:00",
        "sources": [
          "run",
        ],
        "spec": "swagger.json",
        "tested conformance eligible endpoints": 1,
        "tested endpoints": 2,
        "tests": [
          {
            "conformance_test": true,
            "file": "a.go",
            "promotion_release": "1.30.0",
            "release": "1.36.3",
            "test": "a [Conformance]",
            "testname": "A",
          },
          {
            "conformance_test": false,
            "file": null,
            "promotion_release": null,
            "release": "1.36.3",
            "test": "b",
            "testname": null,
          },
        ],
        "total conformance eligible endpoints": 2,
        "total endpoints": 3,
      }
    `);
    expect(
      endpoints.map(({ endpoint, tested, conf_tested, tests }) => ({ endpoint, tested, conf_tested, tests })),
    ).toMatchInlineSnapshot(`
      [
        {
          "conf_tested": true,
          "endpoint": "alpha",
          "tested": true,
          "tests": [
            "a [Conformance]",
          ],
        },
        {
          "conf_tested": false,
          "endpoint": "beta",
          "tested": true,
          "tests": [
            "b",
          ],
        },
        {
          "conf_tested": false,
          "endpoint": "gamma",
          "tested": false,
          "tests": [],
        },
      ]
    `);
  });

  test('counts a test without a name, and lists none', () => {
    const coverage = cover(collect([hit(null, 'alpha')]));
    expect(coverage.tests).toEqual([]);
    expect(coverage.endpoints[0]).toMatchObject({ tested: true, conf_tested: false, tests: [] });
  });

  test('is the same whatever the order of the rows', () => {
    const rows = [hit('b', 'beta'), hit('a [Conformance]', 'beta'), hit('c', 'alpha')];
    expect(cover(collect(rows))).toEqual(cover(collect([...rows].reverse())));
  });

  test('of hidden endpoints is unknown without a hit, and no total counts them', () => {
    const hidden = [
      { endpoint: 'alpha', reason: 'rule 1 has level None' },
      { endpoint: 'beta', reason: 'rule 1 has level None' },
    ];
    const coverage = createCoverage(document, collect([hit('a [Conformance]', 'alpha')]), { ...facts, hidden });
    expect(coverage.endpoints.map(({ endpoint }) => endpoint)).toEqual(['alpha', 'gamma']);
    expect(coverage['unknown endpoints']).toMatchObject([
      { endpoint: 'beta', release: '1.36.3', unknown: 'The audit policy hides it: rule 1 has level None.' },
    ]);
    expect(coverage).toMatchObject({
      ...{ 'total endpoints': 2, 'tested endpoints': 1, 'total conformance eligible endpoints': 1 },
      ...{ 'new conformance eligible endpoints': 0, 'new tested conformance eligible endpoints': 0 },
    });
    expect(readCoverage(coverage, 'coverage.json').unknown).toHaveLength(1);
  });

  test('says why it is incomplete', () => {
    const coverage = createCoverage(document, collect([]), { ...facts, reasons: ['It was interrupted.'] });
    expect(coverage.incomplete).toBe('It was interrupted.');
  });
});

describe('what does not count', () => {
  test('hits of failed tests are apart, and those that no passed test has', () => {
    const outcomes = new Map([
      ['a', 'passed'],
      ['b', 'failed'],
    ] as const);
    const hits = collect([hit('a', 'alpha'), hit('b', 'alpha'), hit('b', 'beta'), hit('c', 'gamma')], {
      exitCode: 1,
      outcomes,
    });
    const coverage = cover(hits);
    expect(coverage['tested endpoints']).toBe(1);
    expect(createFailed(coverage, hits)).toEqual({
      specs: [
        { test: 'b', outcome: 'failed', endpoints: ['alpha', 'beta'], only: ['beta'] },
        { test: 'c', outcome: 'unknown', endpoints: ['gamma'], only: ['gamma'] },
      ],
      requests: [],
      totals: { tested: 1, testedWithFailedRequests: 1, testedWithFailedTests: 3, testedWithAll: 3 },
    });
  });

  test('endpoints with only failed requests are listed with their codes', () => {
    const failure = { isHit: false, code: '404', requests: 2 };
    const hits = collect([
      hit('a', 'alpha'),
      hit('a', 'alpha', failure),
      hit('a', 'beta', failure),
      hit('b', 'beta', { ...failure, code: '403' }),
    ]);
    expect(createFailed(cover(hits), hits).requests).toEqual([
      { endpoint: 'beta', codes: { 403: 2, 404: 2 }, tests: ['a', 'b'] },
    ]);
  });
});

describe('agents', () => {
  test('without test names, coverage is by agent, and the way to names is said', () => {
    const rows = [
      hit(null, 'beta', { agent: 'mine/1', isTest: false }),
      hit(null, 'alpha', { agent: 'mine/1', isTest: false }),
    ];
    const agents = createAgents(collect(rows));
    expect(agents.agents).toEqual([{ agent: 'mine/1', endpoints: ['alpha', 'beta'], requests: 2 }]);
    expect(agents.advice).toContain('--test-agent');
  });
});

test.each([
  [{ sent: 10, stored: 10 }, 'Audit events: 10 sent, 10 stored.'],
  [{ sent: 10, stored: 7 }, 'Audit events: 10 sent, 7 stored, **3 missing**.'],
  [{ sent: null, stored: 7 }, 'Audit events: 7 stored. How many were sent is unknown.'],
])('counters %j', (counters, expected) => {
  expect(describeCounters({ errors: 0, rejected: 0, uncertain: 0, ...counters })).toBe(expected);
});

describe('names that somebody else chose', () => {
  test('a million tests are counted up to a bound, and the run is incomplete', () => {
    const collector = createHitCollector(passing, null);
    for (let index = 0; index < 1_000_000; index += 1) collector.add(hit(`test ${index}`, 'alpha'));
    const { tests, problem } = collector.finish();
    expect(tests.size).toBe(500_000);
    expect(problem).toContain('The run has too many pairs of test and endpoint');
  });

  test('long names are counted in characters', () => {
    const collector = createHitCollector(passing, null);
    const long = 'x'.repeat(1_900);
    for (let index = 0; index < 100_000; index += 1) collector.add(hit(`${index} ${long}`, 'alpha'));
    const { tests, problem } = collector.finish();
    expect(tests.size).toBeLessThan(71_000);
    expect(problem).not.toBe(null);
  });

  test('agents of 64 KiB are cut, and only ten thousand of them are kept', () => {
    const collector = createHitCollector(passing, null);
    const long = 'x'.repeat(1 << 16);
    const retained = measureRetainedBytes(() => {
      for (let index = 0; index < 20_000; index += 1) {
        collector.add(hit(null, 'alpha', { agent: `${index} ${long}`, isTest: false }));
      }
    });
    expect(retained / 2 ** 20).toBeLessThan(100);
    const { agents, otherAgents, problem } = collector.finish();
    expect(Math.max(...[...agents.keys()].map((agent) => agent.length))).toBe(1_100);
    expect({ agents: agents.size, otherAgents, problem }).toEqual({
      agents: 10_000,
      otherAgents: 10_000,
      problem: null,
    });
  });

  test('a name that no coverage file can have is none', () => {
    const { tests } = collect([hit('x'.repeat(2_001), 'alpha')]);
    expect([...tests.keys()]).toEqual(['']);
  });

  test('a test that was skipped does not count, whatever agents claim', () => {
    const results: SuiteResults = { exitCode: 0, outcomes: new Map([['a [Conformance]', 'skipped']]) };
    const hits = collect([hit('a [Conformance]', 'alpha')], results);
    expect(cover(hits)).toMatchObject({ 'tested endpoints': 0, tests: [] });
    expect(createFailed(cover(hits), hits).specs).toMatchObject([{ outcome: 'skipped', only: ['alpha'] }]);
  });
});

describe('the head of the summary', () => {
  const hits = collect([hit('a [Conformance]', 'alpha')]);
  const nothing = { doubts: [], hidden: [], partly: [] };

  function head(hidden: Parameters<typeof createSummary>[0]['hidden'], paragraph = 2): string | undefined {
    const coverage = createCoverage(document, hits, { ...facts, hidden: hidden.hidden });
    const outcomes = new Map([
      ['a [Conformance]', 'passed'] as const,
      ['b', 'failed'] as const,
      ['c', 'skipped'] as const,
    ]);
    const summary = createSummary({
      ...{ outcomes, command: ['e2e.test', '--focus', 'a|b'] },
      ...{ id: 'run', cluster: 'local', seconds: 1, exitCode: 0, gateExitCode: null, reasons: [] },
      ...{ coverage, failed: createFailed(coverage, hits), agents: createAgents(hits), notes: [], hidden },
      counters: { sent: 10, errors: 0, stored: 10, rejected: 0, uncertain: 0 },
      difference: createMissingDifference('Not compared.'),
    });
    return summary.split('\n\n')[paragraph];
  }

  test('says that an unknown policy may hide requests', () => {
    expect(head({ ...nothing, isPolicyKnown: false })).toMatchInlineSnapshot(
      `"The audit policy of the cluster is unknown, so requests that it hides may be missing: an endpoint without a hit need not be untested. Name the policy with --audit-policy FILE."`,
    );
  });

  test('has the number of endpoints that a known policy hides', () => {
    const hidden = [{ endpoint: 'beta', reason: 'rule 1 has level None' }];
    expect(head({ ...nothing, hidden, isPolicyKnown: true })).toMatchInlineSnapshot(
      `"**The audit policy hides 1 endpoint: unknown, neither tested nor untested.**"`,
    );
  });

  test('has the command for a shell, and how many tests passed', () => {
    expect(head({ ...nothing, isPolicyKnown: true })).toMatchInlineSnapshot(`
      "- Cluster: local
      - Command: \`e2e.test --focus 'a|b'\`
      - Time: 1 s
      - Exit code of the suite: 0
      - JUnit of the suite: 1 passed, 1 failed"
    `);
  });

  test('is followed by the coverage', () => {
    const table = head({ ...nothing, isPolicyKnown: true }, 4);
    expect(table?.split('\n').map((line) => line.slice(2, -2))).toMatchInlineSnapshot(`
      [
        "release 1.36.3 | count",
        "--- | ---:",
        "endpoints | 3",
        "tested | 1",
        "conformance tested | 1",
        "eligible | 2",
        "eligible, conformance tested | 1",
        "tests | 1",
      ]
    `);
  });

  test('has nothing about a policy that hides nothing', () => {
    expect(head({ ...nothing, isPolicyKnown: true })).toContain('- Cluster: local');
  });
});
