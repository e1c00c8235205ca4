import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { breakFile, ways } from '../support/gate-world/breakages.ts';
import { fileNames, formatWorld, writeFiles } from '../support/gate-world/made-files.ts';
import { listCommits, makeRepository, repositoryPaths } from '../support/gate-world/made-repository.ts';
import { makeWorld } from '../support/gate-world/made-world.ts';
import { describeRun, expectRefusal } from '../support/gate-world/refusal.ts';
import { runGate } from '../support/gate-world/run-gate.ts';

// Each asks git a dozen times.
const files = formatWorld(makeWorld());
const commits = listCommits(files);
const roles = Object.keys(repositoryPaths) as (keyof typeof repositoryPaths)[];
const args = ['--repo', '.', '--hits', fileNames.coverage];

test('nothing is missing in the unbroken repository', async () => {
  const { folder } = await makeRepository(commits);
  await writeFiles(folder, { [fileNames.coverage]: files.coverage });
  expect(describeRun(await runGate(folder, args))).toBe('0 nothing missing');
});

test.each(roles.flatMap((role) => ways.map((way) => [role, way] as const)))('%s: %s', async (role, way) => {
  const { folder } = await makeRepository(commits);
  await writeFiles(folder, { [fileNames.coverage]: files.coverage });
  await breakFile(folder, repositoryPaths[role], way, role, files);
  expectRefusal(await runGate(folder, args), `${role}: ${way}`, repositoryPaths[role]);
});

test.each(ways.filter((way) => !['missing', 'a directory', 'a dangling link'].includes(way)))(
  'the document of the previous release in git: %s',
  async (way) => {
    const { folder: scratch } = await makeRepository(commits);
    await breakFile(scratch, 'broken.json', way, 'previous', files);
    const previous = readFileSync(`${scratch}/broken.json`);
    const { folder } = await makeRepository(listCommits({ ...files, previous }));
    await writeFiles(folder, { [fileNames.coverage]: files.coverage });
    expectRefusal(await runGate(folder, args), `previous: ${way}`, repositoryPaths.openapi);
  },
);
