import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { formatCommand, readRunOrigin } from '../../src/run/run-origin.ts';
import { makeFolder } from '../support/folder.ts';

test.each([
  [['test', 'pods.live.ts'], 'snoop test pods.live.ts'],
  [['test', '-t', "it's a Pod"], String.raw`snoop test -t 'it'\''s a Pod'`],
  [
    ['test', '--database-url', 'postgresql://ada:s3cret@db:5432/x'],
    'snoop test --database-url postgresql://ada:***@db:5432/x',
  ],
  [['test', '--database-url=postgresql://ada:p@ss@db/x'], 'snoop test --database-url=postgresql://ada:***@db/x'],
  [
    ['test', '--database-url', 'postgresql:///x?user=ada&password=s3cret&host=db'],
    "snoop test --database-url 'postgresql:///x?user=ada&password=***&host=db'",
  ],
  [
    ['test', '--database-url', "host=db password='a b' user=ada"],
    "snoop test --database-url 'host=db password=*** user=ada'",
  ],
])('%j is kept as %s', (argv, command) => {
  expect(formatCommand(argv)).toBe(command);
});

async function read(cwd: string) {
  const environment = readEnvironment({ PATH: process.env.PATH, HOME: cwd, GIT_CEILING_DIRECTORIES: join(cwd, '..') });
  return readRunOrigin({ argv: ['test'], cwd, environment });
}

test('a run knows the versions, and the commit and state of its folder', async () => {
  const cwd = await makeFolder();
  const versions = {
    snoopVersion: expect.stringMatching(/^\d/),
    nodeVersion: process.versions.node,
    clientVersion: expect.stringMatching(/^\d/),
  };
  const nothing = { command: 'snoop test', ...versions };
  expect(await read(cwd)).toEqual({ ...nothing, gitCommit: null, gitDirty: null });

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  expect(await read(cwd)).toEqual({ ...nothing, gitCommit: null, gitDirty: false });
  await writeFile(join(cwd, 'a.live.ts'), '');
  expect(await read(cwd)).toEqual({ ...nothing, gitCommit: null, gitDirty: true });
  git('add', '.');
  git('commit', '--quiet', '-m', 'A test');
  const gitCommit = git('rev-parse', 'HEAD').trim();
  expect(await read(cwd)).toEqual({ ...nothing, gitCommit, gitDirty: false });
  await writeFile(join(cwd, 'a.live.ts'), '// changed');
  expect(await read(cwd)).toEqual({ ...nothing, gitCommit, gitDirty: true });
});
