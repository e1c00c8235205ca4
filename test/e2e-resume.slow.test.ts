import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

const madeSuite = fileURLToPath(new URL('support/made-e2e.mjs', import.meta.url));
const specs = ['made a [Conformance]', 'made b [Conformance]', 'made c [Conformance]', 'made d [Conformance]'];
const held = 'made c [Conformance]';

async function createSuite() {
  const folder = await makeFolder();
  const description = join(folder, 'suite.json');
  const { stdout } = await runSnoop(['status', '--state', sharedState()]);
  const [, version] = /Kubernetes (\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  const describe = (hold: string | null): void => writeFileSync(description, JSON.stringify({ version, specs, hold }));
  describe(held);
  writeFileSync(
    join(folder, 'e2e.test'),
    `#!/bin/sh\nexec '${process.execPath}' '${madeSuite}' '${description}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const e2e = ['e2e', '--state', sharedState(), '--nodes', '0', '--focus', 'made'];
  return { folder, env, e2e, release: () => describe(null) };
}

const readJson = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

test.each(['SIGINT', 'SIGKILL'] as const)('a run that %s ended is continued without what passed', async (signal) => {
  const { folder, env, e2e, release } = await createSuite();
  const first = join(folder, 'first');
  const running = startSnoop([...e2e, '--out', first], { env });
  // The suite holds at the third spec.
  const report = join(`${first}.part`, 'report');
  const log = join(report, 'made.log');
  await expect.poll(() => (existsSync(log) ? readFileSync(log, 'utf8') : ''), { timeout: 60_000 }).toContain(held);
  process.kill(running.pid, signal);
  await running.ended;
  // The fourth spec did not begin.
  expect(running.stderr()).not.toContain('4 of 4 specs ended');
  // The suite outlives a killed run for a second.
  const written = join(report, 'junit_001_01.xml');
  await expect.poll(() => existsSync(first) || existsSync(written), { timeout: 60_000 }).toBe(true);
  release();

  const second = join(folder, 'second');
  const { exitCode, stderr } = await runSnoop([...e2e, '--resume', first, '--out', second], { env });
  expect(exitCode, stderr).toBe(0);
  expect(readJson(first, 'run.json').reasons).toEqual(['The run was interrupted.']);
  expect(readFileSync(join(second, 'logs/made.log'), 'utf8').trim().split('\n')).toEqual(specs.slice(2));

  const run = readJson(second, 'run.json');
  expect(run).toMatchObject({ complete: true, reasons: [], exitCode: 0, resumes: { passed: 2 } });
  const coverage = readJson(second, 'coverage.json');
  expect(coverage.tests.map((one: { test: string }) => one.test)).toEqual(specs);
  expect(coverage['tested endpoints']).toBe(1);
  const junit = readdirSync(join(second, 'junit')).map((name) => readFileSync(join(second, 'junit', name), 'utf8'));
  for (const name of specs) expect(junit.join()).toContain(name);

  const third = join(folder, 'third');
  const again = await runSnoop([...e2e, '--resume', second, '--out', third], { env });
  expect(again.exitCode, again.stderr).toBe(0);
  expect(readJson(third, 'run.json')).toMatchObject({ complete: true, resumes: { passed: 4 } });
  expect(readJson(third, 'coverage.json').tests).toEqual(coverage.tests);
});
