import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { writeJob } from '../../../src/gate/job/write-job.ts';
import { runGate } from '../../../src/gate/job/run-gate.ts';
import { kubernetesPaths } from '../../../src/gate/sources/places.ts';
import { makeFolder } from '../../support/folder.ts';
import { createConformance, createSwagger, type MadeRepository, makeKubernetes } from '../sources/made-sources.ts';
import { runGateStep } from './action.ts';

// The built program, on a made-up checkout with a pull request: what a job would answer.

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const { openapi, conformance, ineligible } = kubernetesPaths;

const tests = ['[sig-node] Pods run [Conformance]', '[sig-apps] Deployments run [Conformance]'];

type PullRequest = Readonly<Record<string, string>>;

/** Each is a change of files, merged into master. */
const pullRequests = {
  'an endpoint without a test': { [openapi]: createSwagger(['v1/pods', 'apps/v1/deployments', 'apps/v1/daemonsets']) },
  'another file': { README: 'text' },
  'an endpoint with a reason': {
    [openapi]: createSwagger(['v1/pods', 'apps/v1/deployments', 'apps/v1/daemonsets']),
    [ineligible]: '- endpoint: list_apps_v1_daemonsets\n  reason: R\n  link: L\n',
  },
  'an endpoint with its test': {
    [openapi]: createSwagger(['v1/pods', 'apps/v1/deployments', 'apps/v1/daemonsets']),
    [conformance]:
      createConformance(tests, 'v1.37') + createConformance(['[sig-apps] DaemonSets run [Conformance]'], 'v1.38'),
  },
  'half a document': { [openapi]: createSwagger(['v1/pods']).slice(0, -20) },
  'a test taken away': { [conformance]: createConformance(tests.slice(0, 1), 'v1.37') },
  'a list alone': { [ineligible]: '- endpoint: list_v1_nodes\n  reason: R\n  link: M\n' },
} as const satisfies Readonly<Record<string, PullRequest>>;

const expected: readonly [name: keyof typeof pullRequests, exitCode: number, verdict: string][] = [
  ['an endpoint without a test', 1, 'not yet proven'],
  ['another file', 0, 'nothing missing'],
  ['an endpoint with a reason', 0, 'nothing missing'],
  ['an endpoint with its test', 1, 'not yet proven'],
  ['half a document', 3, 'cannot tell'],
  ['a list alone', 0, 'nothing missing'],
];

/** A checkout as GitHub and Prow make it: HEAD is the merge, its first parent is the base. */
async function checkOut(files: PullRequest): Promise<MadeRepository & { readonly base: string }> {
  const repository = await makeKubernetes();
  const base = await repository.commit({ [conformance]: createConformance(tests, 'v1.37') });
  repository.git('checkout', '--quiet', '-b', 'topic', base);
  await repository.commit(files);
  repository.git('checkout', '--quiet', 'master');
  repository.git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'topic');
  return { ...repository, base };
}

describe('GitHub', () => {
  test.for(expected)('%s', async ([name, exitCode, verdict]) => {
    const { folder } = await checkOut(pullRequests[name]);
    const ended = await runGateStep({ repo: '.', previous: 'HEAD^1' }, { actionPath: root, cwd: folder });
    expect(ended, ended.stderr).toMatchObject({ exitCode, outputs: { verdict, 'exit-code': String(exitCode) } });
    expect(ended.summary).not.toBe('');
    if (exitCode === 1) expect(ended.stdout).toMatch(/^::(error|warning).*list_apps_v1_daemonsets/m);
  });

  test('own groups, from CRDs', async () => {
    const { folder, commit, git } = await makeKubernetes();
    await commit({ 'config/crd/things.yaml': describeCrd('v1beta1') });
    await commit({ 'config/crd/things.yaml': describeCrd('v1') });
    const inputs = { openapi: 'config/crd', previous: 'HEAD^1', group: 'example.com', flags: '--any-test\n' };
    const ended = await runGateStep(inputs, { actionPath: root, cwd: folder });
    expect(ended, ended.stdout + ended.stderr + git('log', '--oneline')).toMatchObject({
      ...{ exitCode: 1, outputs: { verdict: 'not yet proven' } },
    });
  });
});

describe('Prow', () => {
  // Without hits, GitHub's cannot see it.
  test.for([...expected, ['a test taken away', 1, 'not yet proven'] as const])(
    '%s',
    async ([name, exitCode, verdict]) => {
      const { folder, base } = await checkOut(pullRequests[name]);
      const artifacts = await makeFolder();
      const bin = await makeFolder();
      await writeFile(join(bin, 'audit.log'), describeRun());
      await writeFile(join(bin, 'snoop'), standIn(bin), { mode: 0o755 });
      // biome-ignore lint/suspicious/noExplicitAny: the shape is checked by Prow's own packages
      const jobs = load(writeJob('prow', { name: 'gate', image: 'workbench:1', flags: [] })) as any;
      const [{ args, env }] = jobs.presubmits['kubernetes/kubernetes'][0].spec.containers;
      const given = Object.fromEntries(env.map((one: { name: string; value: string }) => [one.name, one.value]));
      const variables = {
        ...given,
        PULL_BASE_SHA: base,
        ARTIFACTS: artifacts,
        PATH: `${bin}:${process.env.PATH}`,
        HOME: bin,
      };
      const { status, stdout, stderr } = spawnSync('/bin/bash', args, {
        cwd: folder,
        env: variables,
        encoding: 'utf8',
      });
      expect(status, stdout + stderr).toBe(exitCode);
      expect(JSON.parse(await readFile(join(artifacts, 'snoop-gate.json'), 'utf8'))).toMatchObject({ verdict });
      expect(await readFile(join(artifacts, 'junit_snoop_gate.xml'), 'utf8')).toContain('<testsuite');
    },
  );
});

test('the CronJob keeps what the gate answers', async () => {
  const { folder } = await checkOut(pullRequests['an endpoint without a test']);
  chmodSync(folder, 0o755);
  const run = async (flags: readonly string[]) => {
    const create = await runGate(flags, {
      ...{ cwd: folder, environment: process.env, signal: new AbortController().signal },
      ...{ now: () => new Date('2026-11-30T10:00:00Z'), print: () => {} },
    });
    return create(null);
  };
  expect(await run(['--repo', '.', '--previous', 'HEAD^1'])).toMatchObject({
    ...{ verdict: 'not yet proven', exitCode: 1, release: '1.38.0', moreEndpoints: 0 },
    counts: { missing: 0, notYetProven: 1, debt: null },
    endpoints: [{ endpoint: 'list_apps_v1_daemonsets', state: 'not yet proven' }],
  });
  expect(await run(['--repo', '.', '--previous', 'v9.9.9'])).toMatchObject({ verdict: 'cannot tell', counts: null });
  const wrong = await run(['--repos', '.']);
  expect(wrong).toMatchObject({ verdict: 'cannot tell', counts: null });
  expect(wrong.doubts[0]).toContain('--repos');
});

/** The program, except that the newest CI run is a file. */
function standIn(folder: string): string {
  return `#!/bin/sh
if [ "$1" = find-audit-logs ]; then echo ${'f'.repeat(40)}; echo ${folder}/audit.log; exit; fi
exec ${join(root, 'workbench/bin/snoop.js')} "$@"
`;
}

/** The audit log of a run of the commit that pull requests are merged into. */
function describeRun(): string {
  const time = new Date(Date.now() - 3_600_000).toISOString().replace('Z', '000Z');
  const paths = ['/api/v1/pods', '/apis/apps/v1/deployments'];
  return tests
    .flatMap((name, number) =>
      ['RequestReceived', 'ResponseComplete'].map((stage) => ({
        ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage, verb: 'list' },
        ...{ auditID: `00000000-0000-4000-8000-00000000000${number}`, requestURI: paths[number] },
        ...{ user: { username: 'kubernetes-admin' }, sourceIPs: ['127.0.0.1'] },
        userAgent: `e2e.test/v1.38.0 (linux/amd64) kubernetes/fffffff -- ${name}`,
        ...{ requestReceivedTimestamp: time, stageTimestamp: time },
        ...(stage === 'ResponseComplete' && { responseStatus: { metadata: {}, code: 200 } }),
      })),
    )
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

function describeCrd(version: string): string {
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  });
}
