import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { identifyProcess } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { auditRun, describeSuite, find, list, listArguments, pickTested, suite } from './support/audit-run.ts';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

describe('a suite with test names', () => {
  test('becomes a folder with everything that was sent', async () => {
    const { out, read, exitCode, stdout, stderr } = await auditRun();
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`ran ${list}`);
    expect((await readdir(out, { recursive: true })).sort()).toEqual([
      'agents.json',
      'coverage.json',
      'difference.json',
      'events.jsonl.gz',
      'failed.json',
      'hidden.json',
      'junit',
      'logs',
      'logs/stderr.log',
      'logs/stdout.log',
      'run.json',
      'summary.md',
    ]);
    const run = read('run.json');
    expect(run).toMatchObject({ format: 'snoop audit run', version: 1, complete: true, reasons: [], exitCode: 0 });
    expect(Math.abs(run.counters.sent - run.counters.stored)).toBeLessThanOrEqual(run.counters.uncertain);
    const lines = gunzipSync(readFileSync(join(out, 'events.jsonl.gz')))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(run.counters.stored);
    expect(pickTested(read('coverage.json'))).toEqual([
      { endpoint: 'listCoreV1NamespacedConfigMap', tests: [list] },
      { endpoint: 'listCoreV1NamespacedSecret', tests: [find] },
    ]);
    expect(read('failed.json').requests).toEqual([
      { endpoint: 'readCoreV1NamespacedPod', codes: { 404: 1 }, tests: [find] },
    ]);
    expect(read('difference.json').comparedWith.release).toBe('1.37.0');
    expect(read('hidden.json')).toEqual({ isPolicyKnown: true, doubts: [], hidden: [], partly: [] });
  });
});

describe('a suite without test names', () => {
  const nameless = { ...suite, agent: 'my-suite/1.0', tests: suite.tests.map((one) => ({ ...one, name: '' })) };

  test('becomes coverage by agent', async () => {
    const { read, out, stderr } = await auditRun({ suite: nameless });
    expect(stderr).toContain('No user agent names a test');
    expect(pickTested(read('coverage.json'))).toEqual([]);
    expect(read('agents.json').agents).toContainEqual({
      agent: 'my-suite/1.0',
      endpoints: ['listCoreV1NamespacedConfigMap', 'listCoreV1NamespacedSecret'],
      requests: 2,
    });
    expect(readFileSync(join(out, 'summary.md'), 'utf8')).toContain('No user agent names a test');
  });

  test('has tests with --test-agent', async () => {
    const named = { ...suite, agent: 'my-suite/1.0' };
    const { read } = await auditRun({ suite: named, args: ['--test-agent', '^my-suite/'] });
    expect(pickTested(read('coverage.json'))).toEqual([
      { endpoint: 'listCoreV1NamespacedConfigMap', tests: [list] },
      { endpoint: 'listCoreV1NamespacedSecret', tests: [find] },
    ]);
  });
});

test('what an audit policy hides is unknown, unless a test hit it', async () => {
  const policy = join(await makeFolder(), 'policy.yaml');
  const resources = '[{group: "", resources: [secrets, pods, pods/log]}]';
  const rules = `rules:\n- {level: None, resources: ${resources}}\n- {level: Metadata}\n`;
  await writeFile(policy, `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`);
  const { out, read } = await auditRun({ args: ['--audit-policy', policy] });
  const unknown = read('coverage.json')['unknown endpoints'].map((one: { endpoint: string }) => one.endpoint);
  expect(unknown).toContain('readCoreV1NamespacedPodLog');
  expect(unknown).not.toContain('listCoreV1NamespacedSecret');
  const [, , head] = readFileSync(join(out, 'summary.md'), 'utf8').split('\n\n');
  expect(head).toBe(`**The audit policy hides ${unknown.length} endpoints: unknown, neither tested nor untested.**`);
});

describe('a suite that does not end well', () => {
  test('that fails without JUnit is incomplete, with its exit code', async () => {
    const { read, exitCode } = await auditRun({ suite: { ...suite, exitCode: 5 } });
    expect(exitCode).toBe(5);
    expect(read('run.json')).toMatchObject({ complete: false, exitCode: 5 });
    expect(pickTested(read('coverage.json'))).toHaveLength(2);
    expect(read('coverage.json').incomplete).toContain('left no JUnit');
  });

  test('that is interrupted is incomplete, and leaves no process', async () => {
    const out = join(await makeFolder(), 'run');
    const made = { suite: { ...suite, child: true, hang: true } };
    const running = startSnoop(listArguments(out, made), { env: describeSuite(made) });
    await expect.poll(() => running.stdout(), { timeout: 60_000 }).toContain('hanging');
    running.interrupt();
    const { exitCode, stdout } = await running.ended;
    expect(exitCode).toBe(130);
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(run).toMatchObject({ complete: false, exitCode: 130 });
    expect(run.counters.sent).not.toBe(null);
    expect(run.reasons).toContain('The run was interrupted.');
    const child = Number(/child (\d+)/.exec(stdout)?.[1]);
    await expect.poll(() => identifyProcess(child), { timeout: 10_000 }).toBe(null);
  });
});

test('a second audit run of the cluster is refused, and leaves nothing', async () => {
  const made = { suite: { ...suite, hang: true } };
  const first = startSnoop(listArguments(join(await makeFolder(), 'run'), made), { env: describeSuite(made) });
  await expect.poll(() => first.stdout(), { timeout: 60_000 }).toContain('hanging');
  const folder = await makeFolder();
  const { exitCode, stderr } = await runSnoop(listArguments(join(folder, 'run'), {}), { env: describeSuite({}) });
  expect(exitCode).toBe(3);
  expect(stderr).toContain('Another audit run of this cluster is not finished');
  expect(await readdir(folder)).toEqual([]);
  first.interrupt();
  await first.ended;
});

describe('wrong use', () => {
  test('refuses a folder with files before the suite runs', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'run'));
    await writeFile(join(folder, 'run', 'mine'), '');
    const args = ['audit-run', '--state', sharedState(), '--out', join(folder, 'run'), '--', 'false'];
    const { exitCode, stderr } = await runSnoop(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is not empty');
  });

  test('leaves nothing if the program does not exist', async () => {
    const folder = await makeFolder();
    const args = ['audit-run', '--state', sharedState(), '--out', join(folder, 'run'), '--', 'no-such-program'];
    const { exitCode, stderr } = await runSnoop(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("The program 'no-such-program' cannot be started");
    expect(existsSync(join(folder, 'run'))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});
