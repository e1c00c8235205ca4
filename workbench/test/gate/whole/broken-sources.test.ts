import { expect, test } from 'vitest';
import { makeFolder } from '../../support/folder.ts';
import { breakFile, type Way, ways } from './breakages.ts';
import { fileNames, type FileRole, formatWorld, writeFiles } from './made-files.ts';
import { listCommits, makeRepository, repositoryPaths } from './made-repository.ts';
import { makeWorld } from './made-world.ts';
import { type GateRun, listFlags, nameFiles, runGate } from './run-gate.ts';

const files = formatWorld(makeWorld());
const roles = Object.keys(fileNames) as FileRole[];

/** How a run with a broken source may end if not with 3, and why that is no more lenient. */
const exceptions: Readonly<Partial<Record<`${FileRole}: ${Way}`, readonly [exitCodes: number[], reason: string]>>> = {};

const cases = roles.flatMap((role) => ways.map((way) => [role, way] as const));

test('nothing is missing in the unbroken world', async () => {
  const folder = await makeFolder();
  await writeFiles(folder, nameFiles(files));
  for (const hits of ['coverage', 'log'] as const) {
    const run = await runGate(folder, listFlags(hits));
    expect(describe(run)).toBe('0 nothing missing');
  }
});

test.each(cases)('%s: %s', async (role, way) => {
  const folder = await makeFolder();
  await writeFiles(folder, nameFiles(files));
  await breakFile(folder, fileNames[role], way, role, files);
  const run = await runGate(folder, listFlags(role === 'log' ? 'log' : 'coverage'));
  expectRefusal(run, `${role}: ${way}`, fileNames[role]);
});

test('nothing is missing in the unbroken repository', async () => {
  const { folder, hits } = await makeCheckout();
  expect(describe(await runGate(folder, ['--repo', '.', '--hits', hits]))).toBe('0 nothing missing');
});

const inRepository = Object.keys(repositoryPaths) as (keyof typeof repositoryPaths)[];

test.each(inRepository.flatMap((role) => ways.map((way) => [role, way] as const)))(
  'in a repository, %s: %s',
  async (role, way) => {
    const { folder, hits } = await makeCheckout();
    await breakFile(folder, repositoryPaths[role], way, role, files);
    const run = await runGate(folder, ['--repo', '.', '--hits', hits]);
    expectRefusal(run, `${role}: ${way}`, repositoryPaths[role]);
  },
);

async function makeCheckout(): Promise<{ folder: string; hits: string }> {
  const { folder } = await makeRepository(listCommits(files));
  await writeFiles(folder, { [fileNames.coverage]: files.coverage });
  return { folder, hits: fileNames.coverage };
}

function expectRefusal(run: GateRun, broken: keyof typeof exceptions, name: string): void {
  const [exitCodes] = exceptions[broken] ?? [[3]];
  expect(exitCodes, describe(run)).toContain(run.exitCode);
  if (run.exitCode !== 3) return;
  const reasons = run.answer === null ? run.stderr : run.answer.doubts.join('\n');
  expect(reasons).toContain(name);
  // A way out follows what is wrong.
  expect(reasons).toMatch(/[.:;] [A-Z][^.]+|\n {2}\S/);
}

function describe({ exitCode, answer, stderr }: GateRun): string {
  if (answer === null) return `${exitCode} ${stderr}`;
  return [`${exitCode} ${answer.verdict}`, ...answer.doubts, ...answer.gaps.map(({ endpoint }) => endpoint)].join('\n');
}
