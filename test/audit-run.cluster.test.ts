import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listedTests, makeSmallKubernetes } from './support/small-kubernetes.ts';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

const suiteProgram = fileURLToPath(new URL('support/made-suite.mjs', import.meta.url));

const list = 'ConfigMaps can be listed [Conformance]';
const find = 'Secrets can be found';
const suite = {
  tests: [
    { name: list, requests: [['GET', '/api/v1/namespaces/default/configmaps']] },
    {
      name: find,
      requests: [
        ['GET', '/api/v1/namespaces/default/secrets'],
        ['GET', '/api/v1/namespaces/default/pods/none'],
      ],
    },
  ],
};

interface RunOptions {
  readonly args?: readonly string[];
  readonly suite?: object;
}

async function auditRun(options: RunOptions = {}) {
  const out = join(await makeFolder(), 'run');
  const ended = await runSnoop(listArguments(out, options), { env: describeSuite(options) });
  return { ...ended, out, read: (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8')) };
}

function listArguments(out: string, { args = [] }: RunOptions): string[] {
  return ['audit-run', '--state', sharedState(), '--out', out, ...args, '--', process.execPath, suiteProgram];
}

function describeSuite({ suite: made = suite }: RunOptions): Record<string, string> {
  return { MADE_SUITE: JSON.stringify(made) };
}

function pickTested(coverage: { endpoints: { endpoint: string; tested: boolean; tests: string[] }[] }) {
  return coverage.endpoints.flatMap(({ endpoint, tested, tests }) => (tested ? [{ endpoint, tests }] : []));
}

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

  test('gives the same files twice, except the time and the id of the run', async () => {
    const [first, second] = [await auditRun(), await auditRun()];
    const [before, after] = [first, second].map(({ out }) =>
      readFileSync(join(out, 'coverage.json'), 'utf8').split('\n'),
    );
    const different = (after ?? []).filter((line, index) => line !== before?.[index]);
    expect(
      different.map((line) => line.replaceAll(/\d/g, '0').replace(/00-[a-z0-9]+"/, '00-…"')),
    ).toMatchInlineSnapshot(`
      [
        "    "snoop audit-run 00000000-000000-…"",
        "  "release_date": "0000-00-00T00:00:00",",
      ]
    `);
    expect(readFileSync(join(second.out, 'failed.json'))).toEqual(readFileSync(join(first.out, 'failed.json')));
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

describe('the gate', () => {
  const list = { name: listedTests.nodes, requests: [['GET', '/api/v1/nodes']] };
  const namespaces = { name: listedTests.namespaces, requests: [['GET', '/api/v1/namespaces']] };
  const exits = /^- Exit code of .*$/gm;

  test('decides the exit code if the suite passes, else the suite does', async () => {
    const repo = join(await makeFolder(), 'kubernetes');
    makeSmallKubernetes(repo);
    const tests = [list, namespaces];
    const passed = await auditRun({ suite: { tests }, args: ['--gate', repo] });
    expect(passed.exitCode, passed.stderr).toBe(1);
    expect(passed.stderr).toContain('readCoreV1Namespace');
    expect(readFileSync(join(passed.out, 'summary.md'), 'utf8').match(exits)).toEqual([
      '- Exit code of the suite: 0',
      '- Exit code of the gate: 1',
    ]);

    const read = { ...namespaces, requests: [...namespaces.requests, ['GET', '/api/v1/namespaces/default']] };
    const junit =
      '<testsuites><testsuite name="s"><testcase name="[It] x"><failure message="no"/></testcase></testsuite></testsuites>';
    const passing = [list, read].map(({ name }) => `<testcase name="[It] ${name}"/>`).join('');
    const failed = await auditRun({
      suite: { tests: [list, read], junit: junit.replace('<testcase', `${passing}<testcase`), exitCode: 4 },
      args: ['--gate', repo],
    });
    expect(failed.exitCode, failed.stderr).toBe(4);
    expect(failed.read('run.json')).toMatchObject({ complete: true, exitCode: 4, gateExitCode: 0 });
    expect(readFileSync(join(failed.out, 'summary.md'), 'utf8').match(exits)).toEqual([
      '- Exit code of the suite: 4',
      '- Exit code of the gate: 0',
    ]);

    const judge = (hits: string) => runSnoop(['gate', '--repo', repo, '--hits', hits]);
    expect((await judge(failed.out)).exitCode).toBe(0);
    await markIncomplete(failed.out);
    const refused = await judge(failed.out);
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toContain('It was cut. Give the hits of a whole run, or --partial.');
  });

  async function markIncomplete(folder: string): Promise<void> {
    const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ...run, complete: false, reasons: ['It was cut.'] }));
  }
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
    expect(() => process.kill(child, 0)).toThrow('ESRCH');
  });
});

describe('a folder in other commands', () => {
  const junit = `<testsuites><testsuite name="s"><testcase name="[It] ${list}" classname="s"/>
<testcase name="[It] ${find}" classname="s"><failure message="it broke">it broke</failure></testcase></testsuite></testsuites>`;
  const passed = junit.replace(/<failure.*<\/failure>/, '');

  test('regressions lists newly failing tests, and hits of failed tests do not count', async () => {
    const before = await auditRun({ suite: { ...suite, junit: passed } });
    const after = await auditRun({ suite: { ...suite, junit, exitCode: 1 } });
    expect(after.exitCode).toBe(1);
    expect(after.read('run.json').complete).toBe(true);
    expect(pickTested(after.read('coverage.json')).map(({ endpoint }) => endpoint)).toEqual([
      'listCoreV1NamespacedConfigMap',
    ]);
    expect(after.read('failed.json').specs).toMatchObject([{ test: find, only: ['listCoreV1NamespacedSecret'] }]);
    const args = ['coverage', 'regressions', before.out, after.out, '--state', sharedState()];
    const { stdout, exitCode } = await runSnoop(args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('Newly failing: 1 test');
    expect(stdout).toContain('it broke');
  });

  test('an incomplete one is refused without --partial', async () => {
    const { out } = await auditRun({ suite: { ...suite, exitCode: 5 } });
    const state = ['--state', sharedState()];
    const commands = [
      ['coverage', 'regressions', '1.36', out, ...state],
      ['coverage', 'diff', '1.36', out, ...state],
      ['load', 'audit', out, '--release', '1.36', ...state],
    ];
    for (const args of commands) {
      const { exitCode, stderr } = await runSnoop(args);
      expect(exitCode, stderr).toBe(3);
      expect(stderr).toContain('is incomplete');
    }
    expect((await runSnoop(['coverage', 'regressions', '1.36', out, '--partial', ...state])).exitCode).toBe(1);
  });

  test('a whole one is loaded with its events, and its numbers agree with those of SnoopDB', async () => {
    const requests = [
      ['GET', '/api/v1/namespaces/default/configmaps'],
      ['GET', '/api/v1/namespaces/default/configmaps/none'],
      ['POST', '/api/v1/namespaces', { metadata: { name: 'default' } }],
    ];
    const failing = [...requests, ['GET', '/api/v1/namespaces/default/secrets'], ['GET', '/api/v1/nodes/none']];
    const tests = [
      { name: list, requests },
      { name: find, requests: failing },
    ];
    const { out, read } = await auditRun({ suite: { tests, junit, exitCode: 1 } });
    const [coverage, failed] = [read('coverage.json'), read('failed.json')];
    expect(pickTested(coverage)).toEqual([{ endpoint: 'listCoreV1NamespacedConfigMap', tests: [list] }]);
    expect(coverage['tested endpoints']).toBe(1);
    // A conflict (409) and an object that does not exist (404), by the test that passed.
    expect(failed.requests).toEqual([
      { endpoint: 'createCoreV1Namespace', codes: { 409: 1 }, tests: [list] },
      { endpoint: 'readCoreV1NamespacedConfigMap', codes: { 404: 1 }, tests: [list] },
    ]);
    expect(failed.specs).toMatchObject([{ test: find, only: ['listCoreV1NamespacedSecret'] }]);
    expect(failed.totals).toEqual({
      ...{ tested: 1, testedWithFailedRequests: 3 },
      ...{ testedWithFailedTests: 2, testedWithAll: 5 },
    });
    expect(readFileSync(join(out, 'summary.md'), 'utf8')).toContain(
      'Tested: 1. With requests without success, as published coverage counts: 3. With failed tests, as `snoop load audit` counts: 2. With both: 5.',
    );

    const state = ['--state', join(await makeFolder(), 'state')];
    const loaded = await runSnoop(['load', 'audit', out, ...state, '--output', 'json']);
    expect(loaded.exitCode, loaded.stderr).toBe(0);
    const [{ stored, source, release }] = JSON.parse(loaded.stdout).loads;
    expect(stored).toBe(read('run.json').counters.stored);
    const args = ['coverage', 'diff', `${release}@${source}`, out, ...state, '--output', 'json'];
    const { stdout, stderr } = await runSnoop(args);
    const { lost, gained } = JSON.parse(stdout || stderr);
    expect(lost).toMatchObject([{ endpoint: 'listCoreV1NamespacedSecret' }]);
    expect(gained).toEqual([]);
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
