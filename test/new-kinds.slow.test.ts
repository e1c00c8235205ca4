import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { makeFolder } from './support/snoop.ts';
import { formatKinds, replaceTable, tryKinds } from './tools/new-kinds.ts';

test('the written test of every kind passes unchanged, or says why not', { timeout: 1_800_000 }, async () => {
  const { kinds, stderr } = await tryKinds(await startOwnControlPlane(), await makeFolder());
  const failed = kinds.filter(({ exitCode, passed, missed }) => exitCode === 0 && !(passed && missed.length === 0));
  expect(failed, stderr).toEqual([]);
  // Of Kubernetes 1.36; 'npm run tool -- new-kinds' writes the table.
  expect(kinds).toHaveLength(87);
  expect(kinds.filter(({ isStable }) => isStable)).toHaveLength(60);
  expect(kinds.filter(({ passed }) => passed).length).toBeGreaterThanOrEqual(65);
  const document = readFileSync(join(import.meta.dirname, '../docs/new.md'), 'utf8');
  expect(document).toBe(replaceTable(document, formatKinds(kinds)));
});
