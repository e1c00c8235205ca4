import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gateArguments, writeGateFiles } from './gate-files.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

/** Runs `snoop gate` as a process. @param stdout a file instead of a pipe */
function runGate(cwd: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; stdout?: string } = {}) {
  const out = options.stdout === undefined ? 'pipe' : openSync(options.stdout, 'w');
  const { VITEST: _, ...env } = process.env;
  const ended = spawnSync(process.execPath, [program, 'gate', ...args], {
    ...{ cwd, encoding: 'utf8', env: { ...env, NO_COLOR: '1', ...options.env } },
    stdio: ['ignore', out, 'pipe'],
  });
  return { exitCode: ended.status, stdout: ended.stdout ?? '', stderr: ended.stderr };
}

const passing = [...gateArguments, '--ineligible', 'all-ineligible.yaml'];

test('exits with 0, 1, 2 and 3', async () => {
  const folder = await writeGateFiles({ 'cut.json': '{"swagger": "2.0", "paths": {' });
  expect(runGate(folder, passing)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(runGate(folder, gateArguments)).toMatchObject({ exitCode: 1, stderr: '' });
  expect(runGate(folder, ['--openapi', 'new.json'])).toMatchObject({
    ...{ exitCode: 2, stdout: '' },
    stderr: expect.stringContaining('snoop: The previous document is missing.\n  Give --previous'),
  });
  expect(runGate(folder, [...gateArguments, '--openapi', 'cut.json'])).toMatchObject({
    ...{ exitCode: 3, stderr: '' },
    stdout: expect.stringMatching(/^Cannot tell/),
  });
});

test('several outputs at once, also in GitHub Actions', async () => {
  const folder = await writeGateFiles();
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
  const outputs = ['--output', 'github', '--output', 'junit=gate.xml', '--output', 'sarif=gate.sarif'];
  const { exitCode, stdout } = runGate(folder, [...gateArguments, ...outputs], { env });
  expect(stdout).toContain('::error title=Not yet proven%3A createNodeV1Gadget,file=new.json,line=');
  expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toContain('# Gate: not yet proven');
  expect(existsSync(join(folder, 'gate.xml')) && existsSync(join(folder, 'gate.sarif'))).toBe(true);
  expect(exitCode).toBe(1);
});

test.skipIf(!existsSync('/dev/full'))('exits with 3 if the answer cannot be written', async () => {
  const folder = await writeGateFiles();
  const full = runGate(folder, passing, { stdout: '/dev/full' });
  expect(full).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('ENOSPC') });
  expect(runGate(folder, [...passing, '--output', 'json=/dev/full'])).toMatchObject({ exitCode: 3 });
});
