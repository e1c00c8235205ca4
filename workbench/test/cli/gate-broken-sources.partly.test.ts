import { takeShare } from '@snoop/snoopdb/test-random';
import { expect, test } from 'vitest';
import { makeFolder } from '../support/folder.ts';
import { breakFile, ways } from '../support/gate-world/breakages.ts';
import { fileNames, type FileRole, formatWorld, writeFiles } from '../support/gate-world/made-files.ts';
import { makeWorld } from '../support/gate-world/made-world.ts';
import { describeRun, expectRefusal } from '../support/gate-world/refusal.ts';
import { judgeWorld, listFlags, nameFiles, runGate } from '../support/gate-world/run-gate.ts';

const files = formatWorld(makeWorld());
const roles = Object.keys(fileNames) as FileRole[];

const findFlags = (role: FileRole): string[] => listFlags(role === 'log' ? 'log' : 'coverage');

test.each(['coverage', 'log'] as const)('nothing is missing in the unbroken world with a %s', async (hits) => {
  expect(describeRun(await judgeWorld(makeWorld(), listFlags(hits)))).toBe('0 nothing missing');
});

const breakages = roles.flatMap((role) => ways.map((way) => [role, way] as const));

test.each(takeShare(breakages))('%s: %s', async (role, way) => {
  const folder = await makeFolder();
  await writeFiles(folder, nameFiles(files));
  await breakFile(folder, fileNames[role], way, role, files);
  expectRefusal(await runGate(folder, findFlags(role)), `${role}: ${way}`, fileNames[role]);
});

/** Both are hits of the same run. */
const isHits = (role: FileRole): boolean => role === 'coverage' || role === 'log';
const swaps = roles.flatMap((role) =>
  roles.flatMap((other) => (role === other || (isHits(role) && isHits(other)) ? [] : [[role, other] as const])),
);

test.each(takeShare(swaps))('%s: the content of %s', async (role, other) => {
  const run = await judgeWorld(makeWorld(), findFlags(role), (made) => {
    made[role] = made[other];
  });
  expect(run.exitCode, describeRun(run)).toBe(3);
});

test.each(roles.filter((role) => !isHits(role)))('without --%s', async (role) => {
  const at = listFlags().indexOf(`--${role}`);
  const run = await judgeWorld(makeWorld(), listFlags().toSpliced(at, 2));
  // Wrong use of the command, or an answer that names what is missing.
  expect([2, 3], describeRun(run)).toContain(run.exitCode);
});

test('coverage and log of another release', async () => {
  const world = { ...makeWorld(), release: '1.36.0' };
  for (const hits of ['coverage', 'log'] as const) {
    const run = await judgeWorld(world, listFlags(hits));
    expect(run.exitCode, describeRun(run)).toBe(3);
  }
});

test('lists of a newer release', async () => {
  const promoted = makeWorld();
  for (const number of [1, 2, 3]) {
    const codename = `[sig-apps] Newer ${number} [Conformance]`;
    promoted.conformance.push({ codename, testname: codename, release: 'v1.38', file: 'test/e2e/newer.go' });
  }
  const ineligible = makeWorld();
  const pending = makeWorld();
  for (const number of [1, 2, 3, 4, 5, 6]) {
    const endpoint = `createNewerV1Kind${number}`;
    ineligible.ineligible.push({ endpoint, reason: 'newer', link: 'https://example.org/2' });
    pending.pending.push(endpoint);
  }
  for (const world of [promoted, ineligible, pending]) {
    const run = await judgeWorld(world);
    expect(run.exitCode, describeRun(run)).toBe(3);
  }
});
