import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeFolder } from './support/snoop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const call = promisify(execFile);

/** The newest Node that a registry has; null where it is not to be had, or is the one that runs already. */
const newest = await findNewest();
const reason = newest === null ? ' (no newer one can be had here)' : '';

interface Node {
  readonly version: string;
  readonly program: string;
}

async function findNewest(): Promise<Node | null> {
  const print = 'console.log(JSON.stringify({ version: process.version, program: process.execPath }))';
  try {
    const { stdout } = await call('npx', ['-y', '-p', 'node@latest', 'node', '-e', print], { timeout: 300_000 });
    const node: Node = JSON.parse(stdout);
    return node.version === process.version ? null : node;
  } catch {
    return null;
  }
}

/** Runs a program of this project with that Node, also for the programs that it starts. */
function runWith(node: Node, args: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const { VITEST: _v, NODE_OPTIONS: _o, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${dirname(node.program)}${delimiter}${inherited.PATH}`, NO_COLOR: '1' };
  return call(node.program, args, { cwd, env, maxBuffer: 64 * 1024 ** 2 });
}

test.skipIf(newest === null)(`the demo on the newest Node${reason}`, { timeout: 900_000 }, async () => {
  if (newest === null) return;
  const cwd = await makeFolder();
  const { stdout, stderr } = await runWith(newest, [join(root, 'workbench/bin/snoop.js'), 'demo'], cwd);
  expect(stdout).toContain('6 requests sent, 6 recorded');
  expect(stderr).not.toMatch(/\(node:\d+\)/);
  expect(readdirSync(cwd)).toEqual([]);
});

test.skipIf(newest === null)(`the unit lane on the newest Node${reason}`, { timeout: 900_000 }, async () => {
  if (newest === null) return;
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await runWith(newest, [vitest, 'run', '--project', 'unit', '--reporter=json'], root);
  const { numFailedTests, numPassedTests } = JSON.parse(stdout.slice(stdout.indexOf('{"numTotalTestSuites"')));
  expect(numFailedTests).toBe(0);
  expect(numPassedTests).toBeGreaterThan(1000);
});
