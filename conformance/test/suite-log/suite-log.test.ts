import { describe, expect, test } from 'vitest';
import { readSuiteLog } from '../../src/suite-log/read-suite-log.ts';
import { SuiteLogReader } from '../../src/suite-log/suite-log-reader.ts';
import type { SuiteLogEvent } from '../../src/suite-log/events.ts';
import { ginkgo1, ginkgo2Parallel, ginkgo2Verbose } from '../support/logs.ts';
import { createPicker, cutIntoChunks } from '../support/damage.ts';

function readEvents(chunks: Iterable<Uint8Array>): SuiteLogEvent[] {
  const reader = new SuiteLogReader();
  return [...[...chunks].flatMap((chunk) => reader.feed(chunk)), ...reader.end()];
}

function listSpecs(text: string): string[] {
  return readEvents([Buffer.from(text)]).flatMap((event) =>
    event.type === 'specs-ended' ? [[event.state, event.count, event.name ?? '-', event.seconds ?? '-'].join(' ')] : [],
  );
}

test('reads a verbose log of Ginkgo 2', async () => {
  expect(listSpecs(ginkgo2Verbose)).toEqual([
    'passed 1 [sig-auth] Tokens work [Conformance] 0.438',
    'skipped 2 - -',
    'failed 1 [sig-node] Pods run [Conformance] 3.2',
    'flaked 1 [sig-node] Pods flake [Conformance] 5',
    'skipped 1 [sig-node] Pods need a GPU 0.1',
    'skipped 1 - -',
    'pending 1 - -',
  ]);
  expect(await readSuiteLog(Buffer.from(ginkgo2Verbose))).toEqual({
    suite: 'Kubernetes e2e suite',
    runId: '40782f83-6607-44dc-9878-6ea8235088e1',
    versions: { 'e2e.test': 'v1.36.2', 'kube-apiserver': 'v1.36.2+k3s1' },
    plan: { willRun: 4, total: 9 },
    processes: 1,
    ended: { passed: 1, failed: 1, flaked: 1, skipped: 4, pending: 1 },
    failedSuiteNodes: ['SynchronizedAfterSuite'],
    failures: [
      { type: 'failure', kind: 'FAIL', name: '[sig-node] Pods run [Conformance]', isTest: true },
      { type: 'failure', kind: 'PANICKED!', name: '[SynchronizedAfterSuite]', isTest: false },
    ],
    summaries: [
      {
        ...{ type: 'summary', ran: 4, total: 9, seconds: 12.5, hasSucceeded: false, reason: null },
        counts: { passed: 3, failed: 1, flaked: 1, pending: 1, skipped: 4 },
      },
    ],
    ginkgoEnded: { suites: 1, duration: '13.1s' },
    hasPassed: false,
    lastLine: 'Test Suite Failed',
    isShortened: false,
  });
});

test('reads a parallel log of Ginkgo 2, with colors', async () => {
  expect(listSpecs(ginkgo2Parallel)).toEqual([
    'skipped 1 - -',
    'passed 1 - -',
    'skipped 2 - -',
    'failed 1 [sig-node] Pods run [Conformance] 3.2',
    'passed 1 - -',
    'failed 1 [sig-apps] Jobs end 0.5',
    'passed 2 - -',
  ]);
  const { processes, failures, summaries, hasPassed } = await readSuiteLog(Buffer.from(ginkgo2Parallel));
  expect({ processes, failures: failures.map(({ name }) => name), hasPassed }).toEqual({
    processes: 25,
    failures: ['[sig-node] Pods run [Conformance]', '[sig-apps] Jobs end'],
    hasPassed: false,
  });
  expect(summaries).toMatchObject([{ reason: 'Interrupted by User', counts: { passed: 4, failed: 2, skipped: 3 } }]);
});

test('reads a log of Ginkgo 1 with the JSON lines of Kubernetes', async () => {
  expect(listSpecs(ginkgo1)).toEqual([
    'skipped 3 - -',
    'passed 1 [sig-node] Pods run [Conformance] -',
    'skipped 2 - -',
    'skipped 1 [sig-storage] Volumes need "two" nodes 0.003',
    'failed 1 [sig-apps] Jobs end [Conformance] -',
    'skipped 4 - -',
  ]);
  expect(await readSuiteLog(Buffer.from(ginkgo1))).toMatchObject({
    suite: 'Kubernetes e2e suite',
    versions: { 'e2e.test': 'v1.20.0', 'kube-apiserver': 'v1.20.1' },
    plan: { willRun: 2, total: 12 },
    ended: { passed: 1, failed: 1, skipped: 10 },
    failures: [{ kind: 'Fail', name: '[sig-apps] Jobs end [Conformance]' }],
    summaries: [{ ran: 2, total: 12, hasSucceeded: false, counts: { passed: 1, failed: 1, pending: 0, skipped: 10 } }],
    hasPassed: false,
  });
});

test('reads the headings of Ginkgo 1 without JSON lines', () => {
  const heading = (line: string) => listSpecs(`------------------------------\n${line}\n[sig-node] Pods\nfile.go:1\n`);
  expect(heading('• [SLOW TEST:12.300 seconds]')).toEqual(['passed 1 - 12.3']);
  expect(heading('• Failure in Spec Setup (BeforeEach) [3.100 seconds]')).toEqual(['failed 1 - 3.1']);
  expect(heading('•! Panic [0.100 seconds]')).toEqual(['failed 1 - 0.1']);
  expect(heading('•... Timeout [7.000 seconds]')).toEqual(['failed 1 - 7']);
  expect(heading('P [PENDING]')).toEqual(['pending 1 - -']);
});

describe('the end of a suite', () => {
  const end = async (...lines: string[]) => {
    const { summaries } = await readSuiteLog(Buffer.from(['Ran 1 of 2 Specs in 3.5 seconds', ...lines].join('\n')));
    return summaries.map(({ hasSucceeded, reason, counts }) => [hasSucceeded, reason, counts?.passed]);
  };
  test('has two reasons', async () => {
    const lines = [
      'FAIL! - Interrupted by Timeout, Detected pending specs',
      '1 Passed | 0 Failed | 1 Pending | 0 Skipped',
    ];
    expect(await end(...lines)).toEqual([[false, 'Interrupted by Timeout, Detected pending specs', 1]]);
  });
  test('has no counts after a failed BeforeSuite', async () => {
    const line = 'FAIL! -- A BeforeSuite node failed so all tests were skipped.';
    expect(await end(line)).toEqual([[false, null, undefined]]);
  });
  test('counts specs that are repeated', async () => {
    expect(await end('SUCCESS! -- 7 Passed | 0 Failed | 2 Repeated | 0 Pending | 0 Skipped')).toEqual([
      [true, null, 7],
    ]);
  });
  test('is missing in a cut log', async () => {
    expect(await end('SUCCESS! -- 7 Pas')).toEqual([]);
  });
});

test('reports marks before their line ends, the first with the second', () => {
  const reader = new SuiteLogReader();
  const feed = (text: string) =>
    reader
      .feed(Buffer.from(text))
      .map((event) => (event.type === 'specs-ended' ? `${event.count} ${event.state}` : event.type));
  expect(feed('Will run 3 of 9 specs\n')).toEqual(['plan']);
  expect(feed('•')).toEqual([]);
  expect(feed('S')).toEqual(['1 passed', '1 skipped']);
  expect(feed('\u001b[38;5;10m')).toEqual([]);
  expect(feed('•\u001b[0m')).toEqual(['1 passed']);
  expect(feed('PP')).toEqual(['2 pending']);
  expect(feed('\nPASS\n')).toEqual([]);
  expect(reader.lastLine).toBe('PASS');
});

test.each(['STEP: Creating a pod', 'SUCCESS', 'PASS', 'Starting', 'S3 bucket', '• a list'])(
  '%s holds no marks',
  (line) => {
    expect(listSpecs(`${line}\n`)).toEqual([]);
  },
);

test.each([ginkgo2Verbose, ginkgo2Parallel, ginkgo1])(
  'chunks of any size give the same counts: log %#',
  async (text) => {
    const pick = createPicker();
    const whole = await readSuiteLog(Buffer.from(text));
    for (let round = 0; round < 100; round += 1)
      expect(await readSuiteLog(cutIntoChunks(Buffer.from(text), pick, 40))).toEqual(whole);
  },
);

test('a line of marks has no bound, any other line has', async () => {
  const marks = '\u001b[38;5;14mS\u001b[0m'.repeat(100_000);
  const { ended } = await readSuiteLog([Buffer.from(`${marks}\n${'x'.repeat(1_000_000)}\n••\n`)]);
  expect(ended).toMatchObject({ skipped: 100_000, passed: 2 });
});

test('keeps a bounded number of failures', async () => {
  const failures = `Summarizing 20000 Failures:\n${'  [FAIL] [sig-node] Pods [It] run [sig-node]\n'.repeat(20_000)}`;
  const { failures: kept, isShortened } = await readSuiteLog(Buffer.from(failures));
  expect([kept.length, isShortened]).toEqual([10_000, true]);
});

test('something else has neither plan nor summary', async () => {
  const log = await readSuiteLog(Buffer.from('<html>\n404\n</html>\n'));
  expect(log).toMatchObject({ suite: null, plan: null, summaries: [], hasPassed: null, lastLine: '</html>' });
});

test('a log of two suites has passed only if both have', async () => {
  const verdicts = (...names: string[]) => Buffer.from(names.map((name) => `Test Suite ${name}\n`).join(''));
  expect((await readSuiteLog(verdicts('Failed', 'Passed'))).hasPassed).toBe(false);
  expect((await readSuiteLog(verdicts('Passed', 'Failed'))).hasPassed).toBe(false);
  expect((await readSuiteLog(verdicts('Passed', 'Passed'))).hasPassed).toBe(true);
});
