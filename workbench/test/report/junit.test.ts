import { expect, test } from 'vitest';
import { printReport } from '../../src/report/print.ts';
import { hostile, sampleReports } from './sample-reports.ts';
import { listMisfits } from '../output/junit-schema.ts';
import { parseXml } from '../output/xml-tree.ts';

test.each(Object.entries(sampleReports))('the XML of %s fits the schema, and its totals are right', (_kind, report) => {
  const root = parseXml(printReport(report, 'junit', false));
  expect(listMisfits(root)).toEqual([]);
});

test('prints a suite for each file, with properties and what the tests hit', () => {
  expect(`\n${printReport(sampleReports['a run'], 'junit', false)}`).toMatchInlineSnapshot(`
    "
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="snoop" time="2.500" tests="3" failures="1" errors="0">
      <testsuite name="examples/config-map-lifecycle.live.ts" tests="1" failures="0" errors="0" skipped="0" time="2.250" timestamp="2026-11-21T03:05:01">
        <properties>
          <property name="run" value="20261121-030501-x7k2q9"/>
          <property name="cluster" value="1.36.3"/>
          <property name="baseline" value="1.36.0"/>
          <property name="evidence" value="3 requests sent, 3 recorded"/>
          <property name="newly hit" value="createThing, listThing"/>
          <property name="change: eligible, conformance tested" value="0"/>
          <property name="change: eligible, tested" value="0"/>
          <property name="change: stable, tested" value="+1"/>
          <property name="change: stable, conformance tested" value="0"/>
        </properties>
        <testcase classname="examples/config-map-lifecycle.live.ts" name="ConfigMap lifecycle" time="2.250"><system-out>STEP    REQUESTS
    create  1
    delete  2

    ENDPOINT     LEVEL   HITS  ANSWERS  E2E  CONFORMANCE
    createThing  stable  1     201      no   no           untested until now
    listThing    stable  1     200      yes  no           in no conformance test until now; ambiguous: GET or HEAD</system-out></testcase>
      </testsuite>
      <testsuite name="snoop" tests="2" failures="1" errors="0" skipped="0" timestamp="2026-11-21T03:05:01">
        <properties>
          <property name="run" value="20261121-030501-x7k2q9"/>
          <property name="cluster" value="1.36.3"/>
          <property name="baseline" value="1.36.0"/>
          <property name="evidence" value="3 requests sent, 3 recorded"/>
          <property name="newly hit" value="createThing, listThing"/>
          <property name="change: eligible, conformance tested" value="0"/>
          <property name="change: eligible, tested" value="0"/>
          <property name="change: stable, tested" value="+1"/>
          <property name="change: stable, conformance tested" value="0"/>
        </properties>
        <testcase classname="snoop" name="--expect createThing"/>
        <testcase classname="snoop" name="--fail-under stable:2"><failure message="newly hit by passed tests: 1, required: 2"/></testcase>
      </testsuite>
    </testsuites>
    "
  `);
});

test.each([
  [
    'a failed run',
    [
      'a.live.ts: failure no',
      'examples/config-map-lifecycle.live.ts: passed',
      'examples/config-map-lifecycle.live.ts: skipped',
      'syntax.live.ts: error Transform failed:',
      'snoop: error left alone',
    ],
  ],
  [
    'an interrupted run',
    ['examples/config-map-lifecycle.live.ts: error The test did not end.', 'snoop: error The run was interrupted.'],
  ],
  ['an outlined run', ['examples/config-map-lifecycle.live.ts: skipped to be written']],
  ['an incomplete run', ['examples/config-map-lifecycle.live.ts: passed', 'snoop: error 1 of 3 requests not recorded']],
  ['events of an agent', ['e2e.test/v1.36: skipped result unknown']],
] as const)('the results of %s', (kind, expected) => {
  const { children } = parseXml(printReport(sampleReports[kind], 'junit', false));
  const results = children.flatMap((suite) =>
    suite.children
      .filter(({ name }) => name === 'testcase')
      .map((one) => {
        const result = one.children.find(({ name }) => name !== 'system-out');
        const { message } = result?.attributes ?? {};
        return `${suite.attributes.name}: ${result?.name ?? 'passed'}${message === undefined ? '' : ` ${message}`}`;
      }),
  );
  expect(results).toEqual(expected);
});

test('hostile names and errors stay text', () => {
  const root = parseXml(printReport(sampleReports['a failed run'], 'junit', false));
  const [one] = root.children[0]?.children.filter(({ name }) => name === 'testcase') ?? [];
  const harmless = ['\0', '\u001b', '\ufffe', '\ud800'].reduce((text, one) => text.replaceAll(one, '\ufffd'), hostile);
  expect(one?.attributes.name).toBe(harmless);
  expect(one?.children[0]?.text).toBe(`no\n${harmless}`);
});
