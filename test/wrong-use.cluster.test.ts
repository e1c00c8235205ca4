import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectAllRecorded, hitsOf, parseReport } from './support/report.ts';
import { makeFolder, runSnoop, shareSnoop, writeLiveTest } from './support/snoop.ts';
import { readKubeconfig, sharedState } from './support/state.ts';

const callSnoop = shareSnoop();

describe('reports wrong use in one sentence with the nearest valid value, exit 2', () => {
  test.each([
    ['a command', ['tset'], "snoop has no command 'tset'.", "Did you mean 'snoop test'?"],
    ['a flag', ['report', '--ouptut', 'json'], '--ouptut', '--output'],
    [
      'a format',
      ['report', '--output', 'yaml'],
      "--output takes text, json, markdown, junit or github, not 'yaml'.",
      '--output',
    ],
  ])('%s', async (_what, args, wrong, right) => {
    const { exitCode, stderr, stdout } = await callSnoop([...args]);
    expect(stderr).toContain(wrong);
    expect(stderr).toContain(right);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  test('a test file', async () => {
    const file = await writeLiveTest('', 'secret-lifecycle.live.ts');
    const { exitCode, stderr } = await callSnoop(['test', file.replace('secret', 'secrte'), '--state', sharedState()]);
    expect(stderr).toContain('secrte-lifecycle.live.ts');
    expect(stderr).toContain('secret-lifecycle.live.ts');
    expect(exitCode).toBe(2);
  });

  test('without a control plane, and with another one in KUBECONFIG', async () => {
    const folder = await makeFolder();
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, await readKubeconfig(sharedState()));
    const file = await writeLiveTest(
      `liveTest('never', async ({ cluster }) => { await cluster.request({ method: 'GET', path: '/version/' }); });`,
    );
    const { exitCode, stderr } = await runSnoop(['test', file, '--state', join(folder, 'empty')], {
      env: { KUBECONFIG: kubeconfig },
    });
    expect(stderr).toContain('snoop up');
    expect(stderr).toContain('--kubeconfig');
    expect(exitCode).toBe(2);
  });
});

test('uses and names the local control plane despite KUBECONFIG; a mistyped run is wrong use', async () => {
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'production');
  await writeFile(
    kubeconfig,
    (await readKubeconfig(sharedState())).replace(/server: .*/, 'server: https://127.0.0.1:1'),
  );
  const file = await writeLiveTest(
    `liveTest('local', async ({ cluster }) => { await cluster.request({ method: 'GET', path: '/version/' }); });`,
  );
  const ended = await runSnoop(['test', file, '--state', sharedState(), '--output', 'json'], {
    env: { KUBECONFIG: kubeconfig },
  });
  expect(ended.stderr).toContain('KUBECONFIG');
  expect(ended.exitCode).toBe(0);
  const report = parseReport(ended);
  expectAllRecorded(report);

  // A run's name that is mistyped is wrong use, and the nearest is named.
  const typo = `${report.run.id.slice(0, -1)}0`;
  const { exitCode, stderr } = await runSnoop(['report', typo, '--state', sharedState()]);
  expect(stderr).toContain(typo);
  expect(stderr).toContain(report.run.id);
  expect(exitCode).toBe(2);
});

test('shows the error of each failed test and the coverage of what ran, exit 1', async () => {
  const request = `await cluster.request({ method: 'GET', path: '/api/v1/namespaces' });`;
  const files = [
    `liveTest('good', async ({ cluster }) => { ${request} });
liveTest('an assertion', async ({ cluster }) => { ${request} expect(1).toBe(2); });
liveTest('an exception', async ({ cluster }) => { ${request} throw new Error('boom today'); });`,
    `liveTest('a rejection', async ({ cluster }) => { ${request} void Promise.reject(new Error('nobody listens')); await cluster.request({ method: 'GET', path: '/version/' }); });`,
    'liveTest(',
  ];
  const names = await Promise.all(files.map((source, index) => writeLiveTest(source, `${index}.live.ts`)));
  const ended = await runSnoop(['test', ...names, '--state', sharedState(), '--output', 'json']);
  for (const words of ['expected 1 to be 2', 'boom today', 'nobody listens', '2.live.ts']) {
    expect(ended.stderr).toContain(words);
  }
  expect(ended.exitCode).toBe(1);
  const report = parseReport(ended);
  expectAllRecorded(report);
  expect(report.run.state).toBe('failed');
  const states = report.tests.map(({ name, state }, index) => [name, state, hitsOf(report, index).listCoreV1Namespace]);
  expect(states.sort()).toEqual([
    ['a rejection', 'passed', 1],
    ['an assertion', 'failed', 1],
    ['an exception', 'failed', 1],
    ['good', 'passed', 1],
  ]);
});

test('--help lists every command, and each command has a page', async () => {
  const { stdout, exitCode } = await runSnoop(['--help']);
  expect(exitCode).toBe(0);
  const commands = [...stdout.matchAll(/^ {2}(\w+) {2,}\S/gm)]
    .map(([, name]) => name)
    .filter((name) => name === name?.toLowerCase());
  expect(commands).toEqual([
    ...['demo', 'up', 'status', 'doctor', 'down', 'untested', 'endpoint', 'hits', 'gate', 'coverage', 'ui', 'resolve'],
    ...['init', 'new', 'test', 'exec', 'e2e', 'tail', 'pair', 'completion'],
    ...['report', 'runs', 'ticket', 'review', 'ginkgo', 'export', 'site', 'sink', 'kind', 'load', 'db'],
  ]);
  for (const command of commands) {
    const page = await callSnoop([command ?? '', '--help']);
    expect(page.exitCode).toBe(0);
    expect(page.stdout).toContain(`snoop ${command}`);
    expect(page.stdout).toMatch(/Examples?:/);
  }
});

test('every command that the README shows exists', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const { stdout } = await runSnoop(['--help']);
  const shown = new Set([...readme.matchAll(/npx snoop (\w+)/g)].map(([, name]) => name));
  expect(shown.size).toBeGreaterThan(3);
  for (const name of shown) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});
