import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { printCheckedReport, printRun } from '../../src/command-line/print-run.ts';
import { chooseReportOutputs, writeReport } from '../../src/command-line/report-outputs.ts';
import type { Context } from '../../src/context.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { printReport } from '../../src/report/print.ts';
import { sampleReports } from '../report/sample-reports.ts';
import { makeFolder } from '../support/folder.ts';

const report = sampleReports['a run'];

interface Place {
  readonly context: Context;
  readonly texts: { stdout: string; stderr: string };
}

function createPlace(cwd: string, env: NodeJS.ProcessEnv = {}): Place {
  const texts = { stdout: '', stderr: '' };
  const open = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const context = {
    ...{ environment: readEnvironment(env), progress: silentProgress, stdout: open('stdout'), stderr: open('stderr') },
    ...{ argv: [], cwd, signal: new AbortController().signal },
  };
  return { context, texts };
}

const choose = (given: readonly string[] | undefined, cwd = '/', env: NodeJS.ProcessEnv = {}) =>
  chooseReportOutputs(given, createPlace(cwd, env).context);

test('stdout gets the text unless another format is named; in GitHub Actions annotations, too', () => {
  const github = { GITHUB_ACTIONS: 'true' };
  expect(choose(undefined)).toEqual([{ format: 'text', file: null }]);
  expect(choose(undefined, '/', github)).toEqual([{ format: 'github', file: null }]);
  expect(choose(['JSON'], '/', github)).toEqual([{ format: 'json', file: null }]);
  expect(choose(['junit=a=b.xml', 'json=r.json'], '/tmp')).toEqual([
    { format: 'junit', file: '/tmp/a=b.xml' },
    { format: 'json', file: '/tmp/r.json' },
    { format: 'text', file: null },
  ]);
});

test.each([
  [['yaml'], "--output takes text, json, markdown, junit or github, not 'yaml'."],
  [['junti=x'], "not 'junti'"],
  [['text', 'json'], '--output text and --output json all go to stdout.'],
  [['github', 'json'], '--output github and --output json all go to stdout.'],
  [['github=x'], '--output github takes no file.'],
  [['junit='], '--output junit= names no file.'],
  [['junit=/nowhere/x.xml'], 'The folder of --output junit=/nowhere/x.xml does not exist: /nowhere'],
  [['junit=.'], '--output junit=. names a folder.'],
  [['junit=x', 'json=./x'], 'Two values of --output name the file /x.'],
])('%j is wrong use', (given, message) => {
  expect(() => choose(given)).toThrow(
    expect.objectContaining({ code: 'wrong_use', message: expect.stringContaining(message) }),
  );
});

test('advises to give a file to an output that may have one', () => {
  expect(() => choose(['github', 'json'])).toThrow(
    expect.objectContaining({ advice: ['Give all but one a file: --output json=FILE'] }),
  );
});

test('writes each output to its place, replaces files, and leaves no draft', async () => {
  const cwd = await makeFolder();
  const { context, texts } = createPlace(cwd);
  writeFileSync(join(cwd, 'report.json'), 'old');
  symlinkSync('report.json', join(cwd, 'link.json'));
  writeReport(context, report, chooseReportOutputs(['junit=report.xml', 'json=link.json', 'markdown'], context));
  expect(readdirSync(cwd).sort()).toEqual(['link.json', 'report.json', 'report.xml']);
  expect(readFileSync(join(cwd, 'report.json'), 'utf8')).toBe(printReport(report, 'json', false));
  expect(readFileSync(join(cwd, 'report.xml'), 'utf8')).toBe(printReport(report, 'junit', false));
  expect(texts.stdout).toBe(printReport(report, 'markdown', false));
});

test('writes to a device without replacing it', async () => {
  const { context } = createPlace(await makeFolder());
  writeReport(context, report, chooseReportOutputs(['json=/dev/null'], context));
  expect(readdirSync('/dev').filter((name) => name.startsWith('null'))).toEqual(['null']);
});

test('a file that cannot be written keeps no other output from being written', async () => {
  const cwd = await makeFolder();
  const { context, texts } = createPlace(cwd);
  const outputs = chooseReportOutputs(['junit=report.xml', 'json=report.json'], context);
  // After it was checked.
  mkdirSync(join(cwd, 'report.xml'));
  expect(() => writeReport(context, report, outputs)).toThrow(/report\.xml cannot be written: /);
  expect(readFileSync(join(cwd, 'report.json'), 'utf8')).toContain('"run"');
  expect(texts.stdout).toContain('Verdict');
});

test('GitHub gets annotations with paths from the root of the repository, and the summary is appended', async () => {
  const root = await makeFolder();
  const cwd = join(root, 'tests');
  mkdirSync(join(cwd, 'examples'), { recursive: true });
  writeFileSync(join(cwd, 'examples/config-map-lifecycle.live.ts'), '');
  const summary = join(root, 'summary.md');
  writeFileSync(summary, 'before\n');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: root, GITHUB_STEP_SUMMARY: summary };
  const { context, texts } = createPlace(cwd, env);
  writeReport(context, report, chooseReportOutputs(undefined, context));
  expect(texts.stdout).toContain('file=tests/examples/config-map-lifecycle.live.ts::createThing');
  expect(readFileSync(summary, 'utf8')).toBe(`before\n${printReport(report, 'markdown', false)}`);
  const outside = createPlace(cwd, { ...env, GITHUB_WORKSPACE: join(root, 'elsewhere'), GITHUB_STEP_SUMMARY: '' });
  writeReport(outside.context, report, chooseReportOutputs(undefined, outside.context));
  expect(outside.texts.stdout).toContain('::notice title=Newly hit::createThing');
});

test.each([
  ['a run', 1],
  ['an outlined run', 0],
  ['an incomplete run', 3],
  ['events of an agent', 0],
] as const)('%s exits with %i; failed checks are printed on stderr', (kind, code) => {
  const { context, texts } = createPlace('/');
  expect(printCheckedReport(context, sampleReports[kind], chooseReportOutputs(['json'], context))).toBe(code);
  expect(texts.stderr).toBe(
    kind === 'a run' ? 'snoop: --fail-under stable:2: newly hit by passed tests: 1, required: 2\n' : '',
  );
});

test.each([
  ['passed', 'an outlined run', 0],
  ['failed', 'a failed run', 1],
  ['interrupted', 'an interrupted run', 1],
  ['failed', 'an incomplete run', 3],
] as const)('a %s run exits with the code of its state: %s', (state, kind, code) => {
  const { context, texts } = createPlace('/');
  const missing = code === 3 ? ['snoop: 1 of the answered requests'] : [];
  expect(
    printRun(context, { state, report: sampleReports[kind], missing }, chooseReportOutputs(['json'], context)),
  ).toBe(code);
  expect(texts.stderr).toBe(missing.map((line) => `${line}\n`).join(''));
});
