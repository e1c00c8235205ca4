import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findTestFiles } from '../../src/vitest-run/test-files.ts';
import { makeFolder } from '../support/folder.ts';

const files = [
  'pods.live.ts',
  'apps/deployments.live.mts',
  'apps/notes.ts',
  'plain.ts',
  'node_modules/x/y.live.ts',
  '.hidden/z.live.ts',
];

async function makeProject(): Promise<string> {
  const folder = await makeFolder();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

test.each([
  ['nothing', [], ['apps/deployments.live.mts', 'pods.live.ts']],
  ['a folder', ['apps'], ['apps/deployments.live.mts']],
  ['a file with any name', ['plain.ts'], ['plain.ts']],
  ['a file twice', ['pods.live.ts', './pods.live.ts', '.'], ['pods.live.ts', 'apps/deployments.live.mts']],
])('finds the test files of %s', async (_what, named, expected) => {
  const cwd = await makeProject();
  expect((await findTestFiles(named, cwd)).map((file) => relative(cwd, file))).toEqual(expected);
});

test.each([
  ['pod.live.ts', 'pods.live.ts'],
  ['deployments.live.ts', 'apps/deployments.live.mts'],
  ['app/deployments.live.mts', 'apps/deployments.live.mts'],
])('for the missing %s, suggests %s', async (name, near) => {
  const cwd = await makeProject();
  await expect(findTestFiles([name], cwd)).rejects.toMatchObject({
    code: 'no_such_test_file',
    exitCode: 2,
    message: `There is no test file ${join(cwd, name)}.`,
    advice: [`Did you mean 'snoop test ${near}'?`],
  });
});

test.each(['/etc/passwd', '/dev/null', 'README.md', 'fifo.ts'])('refuses %s', async (name) => {
  const cwd = await makeProject();
  await writeFile(join(cwd, 'README.md'), '');
  execFileSync('mkfifo', [join(cwd, 'fifo.ts')]);
  await expect(findTestFiles([name], cwd)).rejects.toMatchObject({
    code: 'no_such_test_file',
    exitCode: 2,
    message: `${resolve(cwd, name)} is not a test file.`,
    advice: ['Live tests are TypeScript or JavaScript files. In a folder, snoop runs *.live.ts files.'],
  });
});

test('reports a name that is too long', async () => {
  await expect(findTestFiles(['x'.repeat(300)], '/')).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/ cannot be read: the name is too long\.$/),
  });
});

test('refuses a folder without test files', async () => {
  await expect(findTestFiles([], await makeFolder())).rejects.toMatchObject({ code: 'no_test_files', exitCode: 2 });
});
