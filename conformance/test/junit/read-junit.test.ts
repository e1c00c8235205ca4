import { describe, expect, test } from 'vitest';
import { readJunit } from '../../src/junit/read-junit.ts';

const read = (xml: string) => readJunit(Buffer.from(xml));

const ginkgo2 = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="8" disabled="2" errors="1" failures="1" time="12.5">
  <testsuite name="Kubernetes e2e suite" package="/usr/local/bin" tests="8" disabled="1" skipped="1" errors="1" failures="1" time="12.5" timestamp="2025-05-08T21:27:38">
    <properties>
      <property name="SuiteSucceeded" value="false"></property>
      <property name="FocusStrings" value="\\[Conformance\\]"></property>
      <property name="DryRun" value="false"></property>
      <property name="FlakeAttempts" value="2"></property>
    </properties>
    <testcase name="[SynchronizedBeforeSuite]" classname="Kubernetes e2e suite" status="passed" time="0.5"></testcase>
    <testcase name="[It] [sig-node] passes [Conformance]" classname="Kubernetes e2e suite" status="passed" time="1.25"><system-err>Attempt #1 Passed.</system-err></testcase>
    <testcase name="[It] [sig-node] flakes [Conformance]" classname="Kubernetes e2e suite" status="passed" time="2">
      <system-err>&#xA;Attempt #1 Failed.  Retrying ↺ @ 05/08/25 21:28:00.000</system-err>
    </testcase>
    <testcase name="[It] [sig-node] fails" classname="Kubernetes e2e suite" status="failed" time="3">
      <failure message="" type="failed">[FAILED] &#xA;expected &lt;int&gt;: 1&#xA;In [It] at: pods.go:12 @ 05/08/25</failure>
      <system-out>&lt;failure/&gt;</system-out>
    </testcase>
    <testcase name="[It] [sig-node] panics" classname="Kubernetes e2e suite" status="panicked" time="0">
      <error message="nil map" type="panicked">[PANICKED] Test Panicked</error>
    </testcase>
    <testcase name="[It] [sig-node] waits" classname="Kubernetes e2e suite" status="pending" time="0"><skipped message="pending"/></testcase>
    <testcase name="[It] [sig-node] is skipped" classname="Kubernetes e2e suite" status="skipped" time="0"><skipped message="skipped - no GPU"/></testcase>
    <testcase name="[ReportAfterSuite] JUnit report" classname="Kubernetes e2e suite" status="failed" time="0"><failure message="disk full" type="failed"/></testcase>
  </testsuite>
</testsuites>`;

test('reads a file of Ginkgo 2', async () => {
  const { suites, tests, suiteNodes, counts, caseCounts } = await read(ginkgo2);
  expect(counts).toEqual({ passed: 1, failed: 2, flaked: 1, skipped: 1, pending: 1 });
  expect(caseCounts).toEqual(counts);
  expect(suites).toEqual([
    {
      name: 'Kubernetes e2e suite',
      timestamp: '2025-05-08T21:27:38',
      seconds: 12.5,
      declared: { tests: 8, failures: 1, errors: 1, skipped: 1, disabled: 1 },
      properties: new Map([
        ['SuiteSucceeded', 'false'],
        ['FocusStrings', '\\[Conformance\\]'],
        ['DryRun', 'false'],
        ['FlakeAttempts', '2'],
      ]),
    },
  ]);
  expect(
    tests.map(({ name, state, seconds, failure }) => [name, state, seconds, failure?.kind, failure?.firstLine]),
  ).toEqual([
    ['[sig-node] passes [Conformance]', 'passed', 1.25, undefined, undefined],
    ['[sig-node] flakes [Conformance]', 'flaked', 2, undefined, undefined],
    ['[sig-node] fails', 'failed', 3, 'failed', 'expected <int>: 1'],
    ['[sig-node] panics', 'failed', 0, 'panicked', 'nil map'],
    ['[sig-node] waits', 'pending', 0, undefined, undefined],
    ['[sig-node] is skipped', 'skipped', 0, undefined, undefined],
  ]);
  expect(tests[2]?.failure?.message).toBe('[FAILED] \nexpected <int>: 1\nIn [It] at: pods.go:12 @ 05/08/25');
  expect(tests[0]?.originalName).toBe('[It] [sig-node] passes [Conformance]');
  expect(suiteNodes.map(({ name, state }) => [name, state])).toEqual([
    ['[SynchronizedBeforeSuite]', 'passed'],
    ['[ReportAfterSuite] JUnit report', 'failed'],
  ]);
});

test('reads a file of Ginkgo 1, whose root is the suite', async () => {
  const { tests, suiteNodes } = await read(`<?xml version="1.0" encoding="UTF-8"?>
  <testsuite name="Kubernetes e2e suite" tests="2" failures="1" errors="0" time="3.5">
    <testcase name="[sig-apps] Jobs run [Conformance]" classname="Kubernetes e2e suite" time="1"></testcase>
    <testcase name="[sig-apps] Jobs fail" classname="Kubernetes e2e suite" time="2">
      <failure type="Failure">/go/src/k8s.io/kubernetes/test/e2e/apps/job.go:40&#xA;Oct  1 12:00:00.000: no Job&#xA;job.go:50</failure>
      <system-out>much</system-out>
    </testcase>
    <testcase name="[sig-apps] Jobs wait" classname="Kubernetes e2e suite" time="0"><skipped></skipped></testcase>
    <testcase name="AfterSuite" classname="Kubernetes e2e suite" time="0"><failure type="Timeout">x</failure></testcase>
  </testsuite>`);
  expect(tests.map(({ state, failure }) => [state, failure?.firstLine])).toEqual([
    ['passed', undefined],
    ['failed', 'Oct  1 12:00:00.000: no Job'],
    ['skipped', undefined],
  ]);
  expect(suiteNodes.map(({ name, state }) => [name, state])).toEqual([['AfterSuite', 'failed']]);
});

test('reads a file of gotestsum: attempts of a test are one test, of its package', async () => {
  const { tests, counts, caseCounts } = await read(`<testsuites>
  <testsuite name="example.com/a" tests="4" failures="2" time="1,000.5">
    <properties><property name="go.version" value="go1.24"/></properties>
    <testcase classname="example.com/a" name="TestA" time="1.0"><failure message="Failed" type=""><![CDATA[=== RUN   TestA
    a_test.go:12: <not> 1
--- FAIL: TestA (1.00s)]]></failure></testcase>
    <testcase classname="example.com/a" name="TestB" time="1.0"></testcase>
    <testcase classname="example.com/a" name="TestA" time="0.5"></testcase>
  </testsuite>
  <testsuite name="example.com/b"><testcase name="TestB" time="oops"><skipped message="short"/></testcase></testsuite>
</testsuites>`);
  expect(counts).toEqual({ passed: 1, failed: 0, flaked: 1, skipped: 1, pending: 0 });
  expect(caseCounts).toEqual({ passed: 2, failed: 1, flaked: 0, skipped: 1, pending: 0 });
  expect(tests).toMatchObject([
    {
      className: 'example.com/a',
      name: 'TestA',
      state: 'flaked',
      attempts: 2,
      seconds: 1.5,
      failure: { firstLine: 'a_test.go:12: <not> 1' },
    },
    { className: 'example.com/a', name: 'TestB', state: 'passed', attempts: 1, seconds: 1 },
    { className: 'example.com/b', name: 'TestB', state: 'skipped', attempts: 1, seconds: null },
  ]);
});

describe('the state of a test', () => {
  const failed = '<testcase name="a"><failure/></testcase>';
  const passed = '<testcase name="a"/>';
  const skipped = '<testcase name="a"><skipped/></testcase>';
  test.each([
    ['passed', passed],
    ['passed', skipped + passed + skipped],
    ['failed', failed],
    ['failed', passed + failed],
    ['failed', failed + skipped],
    ['flaked', failed + passed],
    ['flaked', failed + passed + passed],
    ['skipped', skipped],
    ['pending', '<testcase name="a"><skipped message="pending"/></testcase>'],
    ['pending', '<testcase name="a" status="pending"/>'],
    ['skipped', '<testcase name="a" status="notrun"/>'],
    ['passed', '<testcase name="a" status="run"/>'],
    ['failed', '<testcase name="a" status="INVALID SPEC STATE"/>'],
    ['failed', '<testcase name="a" status="timedout"/>'],
    ['failed', '<testcase name="a" status="passed"><failure/></testcase>'],
    ['failed', '<testcase name="a" status="passed"><skipped/><error/></testcase>'],
    ['failed', '<testcase name="a"><failure><skipped/><error/></failure></testcase>'],
    ['failed', '<testcase name="a"><wrapper><failure/></wrapper></testcase>'],
    ['flaked', '<testcase name="a"><flakyFailure/></testcase>'],
    ['failed', '<testcase name="a"><flakyFailure/><failure/></testcase>'],
  ])('%s: %s', async (state, cases) => {
    const { tests } = await read(`<testsuite name="s">${cases}</testsuite>`);
    expect(tests.map((one) => one.state)).toEqual([state]);
    expect(tests[0]?.failure !== null).toBe(state === 'failed' || cases.includes('<failure/>'));
  });
});

test('a property of a test does not belong to its suite', async () => {
  const { suites } = await read(
    '<testsuite><testcase name="a"><properties><property name="DryRun" value="true"/></properties></testcase></testsuite>',
  );
  expect(suites[0]?.properties).toEqual(new Map());
});

test('keeps the beginning of a long failure', async () => {
  const text = `[FAILED] ${'😀'.repeat(100_000)}`;
  const { tests } = await read(`<testsuite><testcase name="a"><failure>${text}</failure></testcase></testsuite>`);
  expect(tests[0]?.failure?.message).toBe(text.slice(0, 4095));
  expect(tests[0]?.failure?.firstLine).toBe('😀'.repeat(250));
});
