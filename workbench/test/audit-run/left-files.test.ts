import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readOutcomes } from '../../src/audit-run/read-outcomes.ts';
import { RunDraft } from '../../src/audit-run/run-draft.ts';
import { collectJunit } from '../../src/audit-run/suite-outcomes.ts';
import { makeFolder } from '../support/folder.ts';

const junit = (name: string, content = ''): string =>
  `<testsuite name="s"><testcase name="${name}" classname="s">${content}</testcase></testsuite>`;

async function createDraft(): Promise<{ draft: RunDraft; report: string }> {
  const draft = RunDraft.create(join(await makeFolder(), 'run'));
  writeFileSync(draft.path('logs/stdout.log'), 'of the suite');
  return { draft, report: draft.path('report') };
}

test('files with one name are all kept, also beside the logs of the suite', async () => {
  const { draft, report } = await createDraft();
  for (const node of ['node-1', 'node-2']) {
    mkdirSync(join(report, node));
    for (const name of ['junit.xml', 'stdout.log', 'e2e']) writeFileSync(join(report, node, name), node);
  }
  expect(collectJunit(draft, [])).toEqual({ files: ['junit.xml', 'junit-2.xml'], problems: [] });
  expect(readdirSync(draft.path('logs'))).toEqual(['e2e', 'e2e-2', 'stdout-2.log', 'stdout-3.log', 'stdout.log']);
  expect(readFileSync(draft.path('logs/stdout.log'), 'utf8')).toBe('of the suite');
});

test('a file that --junit names is JUnit, whatever its name is', async () => {
  const { draft } = await createDraft();
  const report = join(await makeFolder(), 'report');
  writeFileSync(report, junit('a'));
  expect(collectJunit(draft, [report])).toEqual({ files: ['report.xml'], problems: [] });
});

test('JUnit that is missing is a problem', async () => {
  const { draft } = await createDraft();
  const folder = await makeFolder();
  expect(collectJunit(draft, [folder, join(folder, 'no.xml')]).problems).toEqual([
    `--junit ${folder} has no JUnit file.`,
    `${join(folder, 'no.xml')} cannot be read: it does not exist.`,
  ]);
});

test('links to files are read; FIFOs, devices and loops are not', async () => {
  const { draft, report } = await createDraft();
  const other = join(await makeFolder(), 'other.xml');
  writeFileSync(other, junit('a'));
  symlinkSync(other, join(report, 'link.xml'));
  linkSync(other, join(report, 'hard.xml'));
  symlinkSync('.', join(report, 'loop'));
  symlinkSync('/dev/zero', join(report, 'zero.xml'));
  symlinkSync('nowhere', join(report, 'broken.xml'));
  execFileSync('mkfifo', [join(report, 'fifo.xml')]);
  const { files, problems } = collectJunit(draft, [join(report, 'fifo.xml')]);
  expect(files).toEqual(['hard.xml', 'link.xml']);
  expect(problems.map((problem) => problem.replaceAll(report, ''))).toEqual(
    ['fifo.xml', 'broken.xml', 'fifo.xml', 'loop', 'zero.xml'].map(
      (name) => `/${name} cannot be kept: it is not a regular file.`,
    ),
  );
  expect(readFileSync(other, 'utf8')).toBe(junit('a'));
});

test('sparse files of terabytes are not copied, and the run says so', async () => {
  const { draft, report } = await createDraft();
  for (const name of ['junit.xml', 'e2e.log']) {
    writeFileSync(join(report, name), '');
    truncateSync(join(report, name), 2 ** 40);
  }
  const { files, problems } = collectJunit(draft, [report]);
  expect(files).toEqual([]);
  expect(problems.map((problem) => problem.replaceAll(report, ''))).toEqual([
    '/junit.xml cannot be kept: it has 1,099,511,627,776 bytes, and the limit is 67,108,864.',
    '/e2e.log cannot be kept: it has 1,099,511,627,776 bytes, and the limit is 1,073,741,824.',
    '/junit.xml cannot be kept: it has 1,099,511,627,776 bytes, and the limit is 67,108,864.',
  ]);
});

test('of thousands of files a thousand are kept, and the run says so', async () => {
  const { draft, report } = await createDraft();
  for (let index = 0; index < 11_000; index += 1) writeFileSync(join(report, `${index}.xml`), '');
  const { files, problems } = collectJunit(draft, []);
  expect(files.length).toBe(1_000);
  expect(problems.length).toBe(11);
  expect(problems[0]).toContain('has too many files; not all of them were read.');
  expect(problems[1]).toContain('the run has more than 1,000 files.');
  expect(problems[10]).toContain('more files cannot be kept.');
});

test('a FIFO is not opened', async () => {
  const fifo = join(await makeFolder(), 'fifo.xml');
  execFileSync('mkfifo', [fifo]);
  await expect(readOutcomes([fifo])).rejects.toThrow(`${fifo} is not a regular file.`);
});

test('what two processes wrote into one file is not read', async () => {
  const file = join(await makeFolder(), 'junit.xml');
  const [one, two] = [junit('a'), junit('b')];
  writeFileSync(file, one.slice(0, 40) + two.slice(0, 30) + one.slice(40) + two.slice(30));
  await expect(readOutcomes([file])).rejects.toMatchObject({ code: 'bad_results' });
});

test('of several files, a failure counts before a pass, and a pass before a skip', async () => {
  const folder = await makeFolder();
  const write = (name: string, ...tests: (readonly [string, string])[]): string => {
    const file = join(folder, name);
    const cases = tests.map(([test, content]) => `<testcase name="${test}" classname="s">${content}</testcase>`);
    writeFileSync(file, `<testsuite name="s">${cases.join('')}</testsuite>`);
    return file;
  };
  const files = [
    write('a.xml', ['a', '<skipped/>'], ['b', ''], ['c', '<failure/>']),
    write('b.xml', ['a', ''], ['b', '<failure/>'], ['c', '<skipped/>'], ['d', '<skipped/>']),
  ];
  expect(Object.fromEntries(await readOutcomes(files))).toEqual({
    a: 'passed',
    b: 'failed',
    c: 'failed',
    d: 'skipped',
  });
});
