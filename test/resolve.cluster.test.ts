import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiextensionsV1Api, KubeConfig } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, runSnoop } from './support/snoop.ts';
import { readKubeconfig, sharedState } from './support/state.ts';

const program = fileURLToPath(new URL('../workbench/bin/snoop.js', import.meta.url));
const event = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', auditID: 'id', stage: 'ResponseComplete' };
const line = `${JSON.stringify({ ...event, verb: 'list', requestURI: '/api/v1/pods' })}\n`;

/** Runs a line of shell in which `$snoop` is the program. */
async function runShell(script: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: await makeFolder(),
    env: { ...process.env, snoop: `${process.execPath} ${program}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  return { exitCode, stdout, stderr };
}

test('resolves events from standard input', async () => {
  const { exitCode, stdout } = await runShell(`printf '%s' '${line}' | $snoop resolve --release 1.36 --state .`);
  expect(JSON.parse(stdout)).toMatchObject({ auditID: 'id', endpoint: 'listCoreV1PodForAllNamespaces' });
  expect(exitCode).toBe(0);
});

test('ends silently when its reader closes the pipe, however much is left', async () => {
  const { stdout, stderr } = await runShell(
    `yes '${line.trim()}' | { $snoop resolve --release 1.36 --state .; echo "exit $?" >&2; } | head -n 2`,
  );
  expect(stdout.trim().split('\n')).toHaveLength(2);
  expect(stderr).toBe('endpoints of 1.36.0\nexit 0\n');
});

test('reports a full disk, exit 3', async () => {
  const { stderr } = await runShell(
    `printf '%s' '${line}' | $snoop resolve --release 1.36 --state . > /dev/full; echo "exit $?" >&2`,
  );
  expect(stderr).toContain('Cannot write to stdout');
  expect(stderr).toContain('exit 3');
});

test('resolves a custom resource of the local cluster as soon as it is served', async () => {
  const config = new KubeConfig();
  config.loadFromString(await readKubeconfig(sharedState()));
  const api = config.makeApiClient(ApiextensionsV1Api);
  const group = `resolve-${Date.now().toString(36)}.example.com`;
  await api.createCustomResourceDefinition({
    body: {
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        names: { kind: 'Gadget', plural: 'gadgets' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    },
  });
  onTestFinished(async () => void (await api.deleteCustomResourceDefinition({ name: `gadgets.${group}` })));
  const file = join(await makeFolder(), 'audit.log');
  const requestURI = `/apis/${group}/v1/namespaces/default/gadgets/status`;
  await writeFile(file, JSON.stringify({ ...event, verb: 'get', requestURI }));
  const resolve = async (...args: string[]) => {
    const { stdout } = await runSnoop(['resolve', file, '--state', sharedState(), ...args]);
    return JSON.parse(stdout);
  };
  // The API server works its document out in the background.
  await expect.poll(() => resolve(), { timeout: 60_000, interval: 500 }).toMatchObject({ reason: null });
  const answer = await resolve('--cluster');
  expect(answer).toMatchObject({ endpoint: expect.stringMatching(/^read.*NamespacedGadget$/), reason: null });
  expect(await resolve('--release', '1.36')).toMatchObject({ endpoint: null, reason: 'not in this release' });
});
