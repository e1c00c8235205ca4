import type { EndpointHit, RunCoverage } from '@snoop/snoopdb';

/** An endpoint hit once with success, as wanted by a test. */
export function endpointHit(endpoint: string, differences: Partial<EndpointHit> = {}): EndpointHit {
  return {
    endpoint,
    level: 'stable',
    kind: 'ConfigMap',
    path: '/api/v1/…',
    hits: 1,
    answers: { 200: 1 },
    e2e: true,
    conformance: true,
    eligible: true,
    ineligible: null,
    inBaseline: true,
    deprecated: false,
    untestedUntilNow: false,
    ambiguous: null,
    ...differences,
  };
}

/** A run of one test that hit `endpoints`, compared with a small baseline; the projected change is 0 unless said otherwise. */
export function sampleCoverage(endpoints: EndpointHit[], differences: Partial<RunCoverage> = {}): RunCoverage {
  const line = { total: 10, before: 6, after: 6, difference: 0 };
  return {
    run: {
      id: '20261121-030501-x7k2q9',
      author: 'ada',
      agent: 'live-test-writing',
      sources: ['local-ab12cd'],
      clusterVersion: '1.36.3',
      clusterServer: 'https://127.0.0.1:6443',
      startedAt: new Date('2026-11-21T03:05:01Z'),
      endedAt: new Date('2026-11-21T03:05:03.500Z'),
      state: 'passed',
    },
    baseline: {
      release: '1.36.0',
      releaseDate: '2026-04-20T06:47:56',
      origin: 'a file made for this test',
      incomplete: null,
      endpoints: 30,
      tested: 18,
      exact: true,
    },
    evidence: { sent: 3, recorded: 3, noAnswer: [], missing: [] },
    tests: [
      {
        test: 1,
        name: 'ConfigMap lifecycle',
        file: 'examples/config-map-lifecycle.live.ts',
        state: 'passed',
        error: null,
        steps: [
          { name: 'create', state: 'passed', requests: 1 },
          { name: 'delete', state: 'passed', requests: 2 },
        ],
        endpoints,
      },
    ],
    endpoints,
    unsuccessful: [],
    unresolved: [],
    change: [
      { of: 'eligible', ...line },
      { of: 'stable', ...line },
      { of: 'beta', ...line },
      { of: 'alpha', ...line },
    ],
    ...differences,
  };
}
