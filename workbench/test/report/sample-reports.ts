import type { RunCoverage } from '@snoop/snoopdb';
import { createReport } from '../../src/report/report.ts';
import type { Report } from '../../src/report/report.ts';
import { changeOf, endpointHit, sampleCoverage } from './sample-coverage.ts';

const [sampleTest] = sampleCoverage([]).tests;
const { run } = sampleCoverage([]);
const oneTest = (changes: Partial<RunCoverage['tests'][number]>): RunCoverage['tests'] =>
  sampleTest === undefined ? [] : [{ ...sampleTest, ...changes }];

/** Untrusted text that would end what it is printed in. */
export const hostile = ']]></failure> "&\u0000\u001b[31m\ufffe\ud800\n::error::%0A x\n##[set-env name=A;]b';

const newHit = endpointHit('createThing', {
  ...{ e2e: false, conformance: false, eligible: false, untestedUntilNow: true },
  ...{ ineligible: { reason: 'not ready', link: 'https://example.org' }, answers: { 201: 1 } },
});
const promotedHit = endpointHit('listThing', { conformance: false, newToConformance: true, ambiguous: 'GET or HEAD' });
const note = { test: 1, step: 'delete', method: 'GET', path: '/x', code: 404, endpoint: null, reason: 'not served' };
const begin = new Date('2026-11-21T03:05:01Z');

/** A report of every kind. */
export const sampleReports = {
  'a run': createReport(
    sampleCoverage([newHit, promotedHit], {
      unsuccessful: [note],
      unresolved: [{ ...note, step: null, code: null }],
      change: [changeOf('eligible'), changeOf('stable', { after: 7, from: { passed: 1 } })],
      indirect: {
        agents: [
          { agent: 'kube-scheduler/v1.36', endpoints: [endpointHit('createBinding', { hitsFrom: {}, answers: {} })] },
        ],
        change: [{ of: 'stable', tested: 1, conformance: 0 }],
      },
    }),
    true,
    [
      { check: '--expect createThing', failure: null },
      { check: '--fail-under stable:2', failure: 'newly hit by passed tests: 1, required: 2' },
    ],
  ),
  'a failed run': createReport(
    sampleCoverage([newHit], {
      run: { ...run, state: 'failed' },
      errors: [
        { file: 'syntax.live.ts', line: 3, message: `Transform failed:\n${hostile}` },
        { file: null, line: null, message: 'left alone' },
      ],
      tests: [
        ...oneTest({ name: hostile, file: 'a.live.ts', state: 'failed', error: `no\n${hostile}`, endpoints: [newHit] }),
        ...oneTest({ test: 2, name: 'tried', tries: 2, endpointsByTry: [[], [newHit]] }),
        ...oneTest({ test: 3, name: 'left out', state: 'skipped', steps: [] }),
      ],
    }),
  ),
  'an interrupted run': createReport(
    sampleCoverage([], { run: { ...run, state: 'interrupted', endedAt: null }, tests: oneTest({ state: 'running' }) }),
  ),
  'an outlined run': createReport(
    sampleCoverage([], {
      tests: oneTest({ state: 'outlined', steps: [{ name: 'create', try: 1, state: 'outlined', requests: 0 }] }),
    }),
  ),
  'an imported run': createReport(sampleCoverage([newHit], { run: { ...run, importedAt: new Date('2026-11-22') } })),
  'an incomplete run': createReport(
    sampleCoverage([newHit], {
      evidence: { sent: 3, recorded: 1, noAnswer: [note], beforeAudit: [], missing: [note], others: [note] },
    }),
  ),
  'a run of snoop exec': createReport(
    sampleCoverage([newHit], {
      tests: oneTest({ name: 'kubectl apply', file: 'snoop exec -- kubectl', steps: [] }),
      clients: [{ agent: 'kubectl/v1.36', requests: 3, endpoints: 1 }],
      otherClients: [{ agent: 'curl', endpoints: [endpointHit('listPods')] }],
    }),
  ),
  'events of an agent': createReport(
    sampleCoverage([newHit], {
      run: {
        ...run,
        id: '',
        agent: 'e2e.test*',
        state: 'unknown',
        startedAt: begin,
        clusterServer: null,
        author: null,
      },
      window: { agent: 'e2e.test*', since: begin, until: new Date('2026-11-21T04:05:01Z'), sources: ['ci'] },
      tests: oneTest({
        name: 'a test of Go',
        file: 'e2e.test/v1.36',
        state: 'unknown',
        startedAt: null,
        endedAt: null,
        steps: [],
      }),
    }),
  ),
} as const satisfies Record<string, Report>;
