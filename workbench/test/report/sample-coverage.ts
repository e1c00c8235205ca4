import type { CoverageChange, EndpointHit, RunCoverage } from '@snoop/snoopdb';
import { noOrigin } from '../support/run-origin.ts';

/** An endpoint hit once with success. */
export function endpointHit(endpoint: string, differences: Partial<EndpointHit> = {}): EndpointHit {
  return {
    endpoint,
    level: 'stable',
    kind: 'ConfigMap',
    path: '/api/v1/…',
    hits: 1,
    hitsFrom: { passed: differences.hits ?? 1 },
    answers: { 200: 1 },
    e2e: true,
    conformance: true,
    eligible: true,
    ineligible: null,
    inBaseline: true,
    deprecated: false,
    unknown: false,
    untestedUntilNow: false,
    newToConformance: false,
    ambiguous: null,
    ...differences,
  };
}

/** A line of the projected change (default: 0). */
export function changeOf(of: CoverageChange['of'], differences: Partial<CoverageChange> = {}): CoverageChange {
  const { total = 10, before = 6, after = before, from = {}, conformance } = differences;
  const none = { before: 5, after: 5, difference: 0, from: {} };
  return { of, total, before, after, difference: after - before, from, conformance: conformance ?? none };
}

/** A run of one test that hit `endpoints`, with a small baseline (default: no change). */
export function sampleCoverage(endpoints: EndpointHit[], differences: Partial<RunCoverage> = {}): RunCoverage {
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
      ...noOrigin,
      importedAt: null,
    },
    baseline: {
      release: '1.36.0',
      releaseDate: '2026-04-20T06:47:56',
      origin: 'a file made for this test',
      incomplete: null,
      endpoints: 30,
      tested: 18,
      unknown: 0,
      exact: true,
    },
    evidence: { sent: 3, recorded: 3, noAnswer: [], beforeAudit: [], missing: [], others: [] },
    tests: [
      {
        test: 1,
        name: 'ConfigMap lifecycle',
        file: 'examples/config-map-lifecycle.live.ts',
        state: 'passed',
        error: null,
        tries: 1,
        startedAt: new Date('2026-11-21T03:05:01Z'),
        endedAt: new Date('2026-11-21T03:05:03.250Z'),
        steps: [
          { name: 'create', try: 1, state: 'passed', requests: 1 },
          { name: 'delete', try: 1, state: 'passed', requests: 2 },
        ],
        endpoints,
        endpointsByTry: [],
      },
    ],
    errors: [],
    passedOnly: false,
    endpoints,
    unsuccessful: [],
    unresolved: [],
    indirect: { agents: [], change: [] },
    otherClients: [],
    window: null,
    clients: [],
    change: (['eligible', 'stable', 'beta', 'alpha'] as const).map((of) => changeOf(of)),
    ...differences,
  };
}
