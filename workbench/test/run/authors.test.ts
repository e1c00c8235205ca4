import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { printReport } from '../../src/report/print.ts';
import { createReport } from '../../src/report/report.ts';
import { chooseAuthor } from '../../src/run/authors.ts';
import { sampleCoverage } from '../report/sample-coverage.ts';
import { makeFolder } from '../support/folder.ts';

/** Creates a work folder and an environment in which git has no other name. */
async function makeWorkFolder(gitName: string | null): Promise<{ cwd: string; env: Record<string, string> }> {
  const cwd = await makeFolder();
  const env = { PATH: process.env.PATH ?? '', HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
  execFileSync('git', ['init', '--quiet'], { cwd, env });
  if (gitName !== null) execFileSync('git', ['config', 'user.name', gitName], { cwd, env });
  return { cwd, env };
}

describe('chooseAuthor', () => {
  test.each([
    ['the flags', ['Ada', ' Grace ', 'Ada'], 'Set', 'Git', 'Ada, Grace'],
    ['SNOOP_AUTHOR', undefined, 'Set', 'Git', 'Set'],
    ["the name in the work folder's git configuration", undefined, null, 'Git Name', 'Git Name'],
    ['the login name', undefined, null, null, 'login'],
  ])('%s', async (_what, named, set, gitName, author) => {
    const { cwd, env } = await makeWorkFolder(gitName);
    const environment = readEnvironment({ ...env, ...(set !== null && { SNOOP_AUTHOR: set }) });
    expect(await chooseAuthor({ named, environment: { ...environment, loginName: 'login' }, cwd })).toBe(author);
  });

  test('uses the login name without git', async () => {
    const environment = { ...readEnvironment({ PATH: '' }), loginName: 'login' };
    expect(await chooseAuthor({ named: undefined, environment, cwd: await makeFolder() })).toBe('login');
  });

  test('refuses an empty name', async () => {
    const choice = { named: ['Ada', ' '], environment: readEnvironment({}), cwd: await makeFolder() };
    await expect(chooseAuthor(choice)).rejects.toMatchObject({ code: 'wrong_use', exitCode: 2 });
  });
});

test('all formats of a report name all authors', () => {
  const coverage = sampleCoverage([]);
  const report = createReport({ ...coverage, run: { ...coverage.run, author: 'Ada, Grace' } });
  expect(JSON.parse(printReport(report, 'json', false)).run.author).toBe('Ada, Grace');
  for (const format of ['text', 'markdown'] as const) {
    expect(printReport(report, format, false)).toMatch(/as live-test-writing, by Ada, Grace$/m);
  }
});
