import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startOwnControlPlane } from './support/control-plane.ts';
import { formatKinds, replaceTable, tryKinds } from './tools/new-kinds.ts';

const call = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

test('the written test of every kind passes unchanged, or says why not', { timeout: 1_800_000 }, async () => {
  // In the package, so that its dependencies are found.
  const folder = await mkdtemp(join(root, 'workbench/.snoop-kinds-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { kinds, stderr } = await tryKinds(await startOwnControlPlane(), folder);
  const failed = kinds.filter(({ exitCode, passed, missed }) => exitCode === 0 && !(passed && missed.length === 0));
  expect(failed, stderr).toEqual([]);
  // Of Kubernetes 1.37; 'npm run tool -- new-kinds' writes the table.
  expect(kinds).toHaveLength(89);
  expect(kinds.filter(({ isStable }) => isStable)).toHaveLength(64);
  expect(kinds.filter(({ passed }) => passed).length).toBeGreaterThanOrEqual(65);
  const document = readFileSync(join(root, 'docs/new.md'), 'utf8');
  expect(document).toBe(replaceTable(document, formatKinds(kinds)));

  const tsconfig = { extends: '../../tsconfig.base.json', compilerOptions: { noEmit: true }, include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const checked = call(join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
  expect((await checked.catch((error: { stdout: string }) => error)).stdout).toBe('');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.live.ts'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const format = call(join(root, 'node_modules/.bin/biome'), ['format', `--stdin-file-path=${file}`], { cwd: root });
    format.child.stdin?.end(text);
    expect((await format).stdout).toBe(text);
  }
});
