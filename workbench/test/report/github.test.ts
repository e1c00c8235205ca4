import { expect, test } from 'vitest';
import { printGithub, printJobSummary } from '../../src/report/github.ts';
import { createReport } from '../../src/report/report.ts';
import { printReport } from '../../src/report/print.ts';
import { endpointHit, sampleCoverage } from './sample-coverage.ts';
import { listCommands } from '../output/runner-commands.ts';
import { sampleReports } from './sample-reports.ts';

const inRepository = (file: string): string => `tests/${file}`;

test('prints the text, and annotations of failed checks and newly hit endpoints', () => {
  const log = printGithub(sampleReports['a run'], inRepository);
  expect(log).toContain(printReport(sampleReports['a run'], 'text', false));
  expect(listCommands(log)).toMatchInlineSnapshot(`
    [
      "::error title=--fail-under stable%3A2::newly hit by passed tests: 1, required: 2",
      "::notice title=Newly hit,file=tests/examples/config-map-lifecycle.live.ts::createThing: untested until now",
      "::notice title=Newly hit,file=tests/examples/config-map-lifecycle.live.ts::listThing: in no conformance test until now",
    ]
  `);
});

test('hostile names and errors are annotations, not commands', () => {
  expect(listCommands(printGithub(sampleReports['a failed run'], inRepository))).toMatchInlineSnapshot(`
    [
      "::error title=Error outside of tests,file=tests/syntax.live.ts,line=3::Transform failed:%0A]]></failure> "&��[31m￾�%0A::error::%250A x%0A##[set-env name=A;]b",
      "::error title=Error outside of tests::left alone",
      "::error title=]]></failure> "&��[31m￾�%0A%3A%3Aerror%3A%3A%250A x%0A##[set-env name=A;]b,file=tests/a.live.ts::no%0A]]></failure> "&��[31m￾�%0A::error::%250A x%0A##[set-env name=A;]b",
      "::notice title=Newly hit,file=tests/a.live.ts::createThing: untested until now",
    ]
  `);
});

test.each([
  ['an interrupted run', '::error title=ConfigMap lifecycle::The test did not end.'],
  ['an interrupted run', '::error title=Run::The run was interrupted.'],
  ['an incomplete run', '::error title=Evidence::1 of 3 requests not recorded'],
] as const)('annotates %s; a file that is not in the repository is left out', (kind, expected) => {
  expect(listCommands(printGithub(sampleReports[kind], () => null))).toContain(expected);
});

test('an outlined run has no annotation', () => {
  expect(listCommands(printGithub(sampleReports['an outlined run'], inRepository))).toEqual([]);
});

test('no two logs have the same token', () => {
  const [first, second] = ['a run', 'a run'].map(
    () => printGithub(sampleReports['a run'], inRepository).split('\n')[0],
  );
  expect(first).toMatch(/^::stop-commands::[0-9a-f]{32}$/);
  expect(first).not.toBe(second);
});

test('the last of too many annotations counts the others', () => {
  const hits = Array.from({ length: 12 }, (_, number) => endpointHit(`new${number}`, { untestedUntilNow: true }));
  const commands = listCommands(printGithub(createReport(sampleCoverage(hits)), inRepository));
  expect(commands).toHaveLength(10);
  expect(commands.at(-1)).toBe('::notice title=snoop::and 3 more: see the log or the summary of this job');
});

test('the summary is the Markdown, with the checks', () => {
  const report = sampleReports['a run'];
  const summary = printJobSummary(report, 1 << 20);
  expect(summary).toBe(printReport(report, 'markdown', false));
  expect(summary).toContain('- **Check**: --expect createThing: passed\n');
  expect(summary).toContain('- **Check**: --fail-under stable:2: newly hit by passed tests: 1, required: 2\n');
});

test('a summary that is too long is replaced by a sentence, or left out', () => {
  const report = sampleReports['a run'];
  const whole = printJobSummary(report, 1 << 20);
  const bytes = Buffer.byteLength(whole);
  expect(printJobSummary(report, bytes)).toBe(whole);
  expect(printJobSummary(report, bytes - 1)).toBe(
    'The coverage report is too long for a job summary: `snoop report 20261121-030501-x7k2q9 --output markdown`\n',
  );
  expect(printJobSummary(sampleReports['events of an agent'], 100)).toBe(
    'The coverage report is too long for a job summary\n',
  );
  expect(printJobSummary(report, 0)).toBe('');
});
