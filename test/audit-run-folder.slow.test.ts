import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditRun, find, list, pickTested, suite } from './support/audit-run.ts';
import { listedTests, makeSmallKubernetes } from './support/small-kubernetes.ts';
import { makeFolder, runSnoop } from './support/snoop.ts';
import { sharedState } from './support/state.ts';

test('a suite gives the same files twice, except the time and the id of the run', async () => {
  const [first, second] = [await auditRun(), await auditRun()];
  const [before, after] = [first, second].map(({ out }) =>
    readFileSync(join(out, 'coverage.json'), 'utf8').split('\n'),
  );
  const different = (after ?? []).filter((line, index) => line !== before?.[index]);
  expect(different.map((line) => line.replaceAll(/\d/g, '0').replace(/00-[a-z0-9]+"/, '00-…"'))).toMatchInlineSnapshot(`
    [
      "    "snoop audit-run 00000000-000000-…"",
      "  "release_date": "0000-00-00T00:00:00",",
    ]
  `);
  expect(readFileSync(join(second.out, 'failed.json'))).toEqual(readFileSync(join(first.out, 'failed.json')));
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
