import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findNewlyFailing } from '../../../src/audit-run/compare-suites.ts';
import { readEarlierRun } from '../../../src/audit-run/earlier-run.ts';
import { findFileOfRun } from '../../../src/audit-run/folder/file-of-run.ts';
import { isRunFolder, readRunFile } from '../../../src/audit-run/folder/run-file.ts';
import { readOutcomes } from '../../../src/audit-run/read-outcomes.ts';
import { makeFolder } from '../../support/folder.ts';

const events = 'events';
const junit = '<testsuite name="s"><testcase name="a" classname="s"/></testsuite>';

const describeFile = (name: string, content: string) => ({
  ...{ name, bytes: Buffer.byteLength(content) },
  sha256: createHash('sha256').update(content).digest('hex'),
});

const counters = { sent: 2, errors: 0, stored: 2, rejected: 0, uncertain: 0 };
const cluster = { kind: 'local', version: '1.36.3', commit: null, server: 'https://127.0.0.1:6443', sources: ['s'] };
const whole: Readonly<Record<string, unknown>> = {
  ...{ format: 'snoop audit run', version: 1, id: 'first', program: '0.1.0', cluster, policy: null, command: [] },
  ...{ resumes: null, startedAt: '2026-11-30T10:00:00Z', endedAt: '2026-11-30T10:20:00Z', exitCode: 0 },
  ...{ gateExitCode: null, complete: true, reasons: [], counters },
  files: [describeFile('events.jsonl.gz', events), describeFile('junit/a.xml', junit)],
};

async function write(run: string): Promise<string> {
  const folder = await makeFolder();
  mkdirSync(join(folder, 'junit'));
  writeFileSync(join(folder, 'events.jsonl.gz'), events);
  writeFileSync(join(folder, 'junit/a.xml'), junit);
  writeFileSync(join(folder, 'run.json'), run);
  return folder;
}

const change = (changes: object): string => JSON.stringify({ ...whole, ...changes });
const changeFile = (changes: object): string =>
  change({ files: [{ ...describeFile('events.jsonl.gz', events), ...changes }] });
const nest = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

test.each<[what: string, run: string, message: string]>([
  ['another version', change({ version: 2 }), 'has version 2; this program reads version 1.'],
  ['a version that is an object', change({ version: { toString: null } }), 'has an unknown version'],
  ['no id', change({ id: undefined }), 'has no id of a run.'],
  ['an id that is a path', change({ id: '../../x' }), 'has no id of a run.'],
  ['complete and reasons', change({ reasons: ['x'] }), 'calls the run complete, but says what is missing.'],
  ['incomplete without reasons', change({ complete: false }), 'calls the run incomplete, but does not say why.'],
  ['missing events', change({ counters: { ...counters, stored: 1 } }), 'its counters say that events are missing.'],
  ['rejected events', change({ counters: { ...counters, stored: 1, rejected: 1 } }), 'that events are missing.'],
  ['unsent events', change({ counters: { ...counters, errors: 1 } }), 'its counters say that events are missing.'],
  ['unknown events', change({ counters: { ...counters, sent: null } }), 'does not know how many events were sent.'],
  ['a counter of 1e308', change({ counters: { ...counters, uncertain: 1e308 } }), 'has no counters of events.'],
  ['a negative counter', change({ counters: { ...counters, rejected: -1 } }), 'has no counters of events.'],
  ['no counters', change({ counters: [] }), 'has no counters of events.'],
  ['no time', change({ endedAt: 'soon' }), 'does not say when the run ended.'],
  ['no release', change({ cluster: { ...cluster, version: 'x' } }), 'does not describe its cluster.'],
  ['no sources', change({ cluster: { ...cluster, sources: [1] } }), 'does not name the sources of its events.'],
  ['a file above the folder', changeFile({ name: '../../etc/passwd' }), 'has no list of files.'],
  ['an absolute file', changeFile({ name: '/etc/passwd' }), 'has no list of files.'],
  ['a file of exabytes', changeFile({ bytes: 2 ** 60 }), 'has no list of files.'],
  ['no digest', changeFile({ sha256: 'x' }), 'has no list of files.'],
  ['a file twice', change({ files: [whole.files, whole.files].flat(2) }), 'lists a file twice.'],
  ['a key twice', change({}).replace('{', '{"complete":false,'), 'has the key "complete" twice in one object.'],
  ['deep JSON', `{"a":${nest(100_000)}}`, 'nested more than 1000 levels deep'],
  ['many values', `[${'1,'.repeat(4_100_000)}1]`, 'more than 4000000 values'],
  ['truncated', change({}).slice(0, 200), 'is not JSON'],
  ['empty', '', 'is not JSON'],
  ['not UTF-8', '\ufffd', 'is not JSON'],
])('run.json with %s is refused, and its folder is not read as another one', async (_what, run, message) => {
  const folder = await write(run);
  expect(isRunFolder(folder)).toBe(true);
  const find = findFileOfRun(folder, 'events.jsonl.gz', { cwd: '/', partial: true });
  await expect(find).rejects.toMatchObject({ code: 'bad_run_folder', exitCode: 3 });
  await expect(find).rejects.toThrow(message);
  await expect(find).rejects.toThrow(join(folder, 'run.json'));
});

test('run.json of another program does not make a run', async () => {
  const folder = await makeFolder();
  writeFileSync(join(folder, 'run.json'), '{');
  expect(isRunFolder(folder)).toBe(false);
  writeFileSync(join(folder, 'coverage.json'), '{}');
  expect(isRunFolder(folder)).toBe(true);
  writeFileSync(join(folder, 'run.json'), '{"format":"other"}');
  expect(isRunFolder(folder)).toBe(false);
});

test('a run.json of gigabytes, or without an end, is refused', async () => {
  const folder = await write(change({}));
  truncateSync(join(folder, 'run.json'), 2 ** 35);
  expect(() => readRunFile(folder, { partial: true })).toThrow('it is larger than 16777216 bytes');
  for (const endless of ['/dev/zero', '/proc/self/pagemap']) {
    rmSync(join(folder, 'run.json'));
    symlinkSync(endless, join(folder, 'run.json'));
    expect(isRunFolder(folder)).toBe(true);
    expect(() => readRunFile(folder, { partial: true })).toThrow(`${join(folder, 'run.json')} cannot be read: it is `);
  }
});

test('thousands of reasons make a short message', async () => {
  const reasons = Array.from({ length: 10_000 }, (_, index) => `${index} ${'x'.repeat(1_200)}.`);
  const folder = await write(change({ complete: false, reasons }));
  const error = await findFileOfRun(folder, 'events.jsonl.gz', { cwd: '/', partial: false }).catch(String);
  expect(error).toContain('And 9,980 more reasons.');
  expect(error?.length).toBeLessThan(30_000);
});

const replaced: readonly (readonly [what: string, replace: (path: string) => void, message: string])[] = [
  ['missing', () => {}, 'cannot be read: it does not exist.'],
  ['a FIFO', (path) => void execFileSync('mkfifo', [path]), 'is not a regular file.'],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path), 'is not a regular file.'],
  ['a folder', (path) => mkdirSync(path), 'is not a regular file.'],
  ['a link to itself', (path) => symlinkSync(path, path), 'cannot be read: '],
  ['changed', (path) => writeFileSync(path, 'EVENTS'), 'was changed after the run: its SHA-256'],
  ['longer', (path) => writeFileSync(path, 'events and more'), 'it has 15 bytes, not the 6 in run.json.'],
  [
    'a sparse file of terabytes',
    (path) => {
      writeFileSync(path, events);
      truncateSync(path, 2 ** 40);
    },
    'it has 1,099,511,627,776 bytes, not the 6 in run.json.',
  ],
];

test.each(replaced)('a file that is %s is refused', async (_what, replace, message) => {
  const folder = await write(change({}));
  const path = join(folder, 'events.jsonl.gz');
  rmSync(path);
  replace(path);
  const find = findFileOfRun(folder, 'events.jsonl.gz', { cwd: '/', partial: true });
  await expect(find).rejects.toThrow(message);
  await expect(find).rejects.toThrow(path);
});

test('JUnit that was changed proves nothing: neither what passed before nor what fails newly', async () => {
  const folder = await write(
    change({ files: [describeFile('coverage.json', '{}'), describeFile('junit/a.xml', junit)] }),
  );
  writeFileSync(join(folder, 'coverage.json'), '{}');
  writeFileSync(join(folder, 'junit/a.xml'), junit.replace('"a"', '"b"'));
  await expect(findNewlyFailing(folder, folder, '/')).rejects.toThrow('junit/a.xml was changed after the run');
  writeFileSync(
    join(folder, 'coverage.json'),
    JSON.stringify({ release: '1.36.3', sources: [], spec: 'a document', endpoints: [] }),
  );
  await expect(readEarlierRun(folder, readOutcomes)).rejects.toMatchObject({ code: 'bad_run_folder' });
});

test('JUnit that is not in run.json is not read', async () => {
  const folder = await write(change({}));
  writeFileSync(join(folder, 'junit/b.xml'), '<testsuite');
  expect(await findNewlyFailing(folder, folder, '/')).toEqual([]);
});
