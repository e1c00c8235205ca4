import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '@snoop/snoopdb';
import { expect, onTestFinished, test } from 'vitest';
import { createClientEnvironment } from '../../src/proxy/client-environment.ts';
import { removeDeadClientFiles, writeClientFiles } from '../../src/proxy/client-files.ts';
import { nameCommand, parseClientName } from '../../src/proxy/client-name.ts';
import { findLeftProcesses } from '../../src/proxy/left-processes.ts';
import { explainUnrecorded } from '../../src/proxy/unrecorded.ts';
import { makeFolder } from '../support/folder.ts';
import { makeHead } from '../support/recorded-cluster.ts';

test.each([
  [['/usr/bin/kubectl', 'apply', '-f', 'x.yaml'], 'kubectl apply'],
  [['kubectl', '--token', 'secret', 'get'], 'kubectl'],
  [['go', 'test', './...'], 'go test'],
  [['curl', 'https://ada:secret@host/'], 'curl'],
  [['sh', '-c', 'echo'], 'sh'],
  [['./prüfen', 'los'], 'pr_fen los'],
  [['x'.repeat(200)], 'x'.repeat(80)],
  [['tool', 'a'.repeat(41)], 'tool'],
])('the command %j is named %j', (command, name) => {
  expect(nameCommand(command)).toBe(name);
});

test.each([['a'], ["upgrade test: 1.36 -> '1.37'"], ['x'.repeat(80)]])('the name %j is accepted', (name) => {
  expect(parseClientName(name, '--name')).toBe(name);
});

test.each([[''], [' a'], ['a '], ['ä'], ['a\nb'], ['x'.repeat(81)]])('the name %j is refused', (name) => {
  expect(() => parseClientName(name, '--name')).toThrow('printable ASCII');
});

const proxy = { url: 'https://127.0.0.1:1', token: 'the-token', ca: 'the CA' };

async function writeKubeconfig(): Promise<{ folder: string; file: string }> {
  const folder = await makeFolder();
  const file = join(folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443' } }],
    users: [{ name: 'u', user: { token: 'of-the-user' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'work' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(config));
  return { folder, file };
}

test('a client gets a kubeconfig with the names and namespace of the real one, and none of its credentials', async () => {
  const { folder, file } = await writeKubeconfig();
  const files = writeClientFiles(folder, { files: [file], context: null }, proxy);
  const text = readFileSync(files.kubeconfig, 'utf8');
  expect(text).not.toContain('of-the-user');
  expect(JSON.parse(text)).toMatchObject({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: proxy.url } }],
    users: [{ name: 'u', user: { token: 'the-token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'work' } }],
  });
  expect(statSync(files.kubeconfig).mode & 0o777).toBe(0o600);
  files.remove();
  expect(existsSync(files.kubeconfig)).toBe(false);
});

test('files of a killed run are removed, those of a running one stay', async () => {
  const { folder, file } = await writeKubeconfig();
  const [dead, alive] = ['dead', 'alive'].map((name) => {
    const run = join(folder, 'runs', name);
    mkdirSync(run, { recursive: true });
    const process = name === 'alive' ? thisProcess() : { pid: 1, start: 'never' };
    writeFileSync(join(run, 'run.json'), JSON.stringify(makeHead({ process })));
    const files = writeClientFiles(run, { files: [file], context: null }, proxy);
    onTestFinished(files.remove);
    return files.kubeconfig;
  });
  await removeDeadClientFiles(folder);
  expect([dead, alive].map((one) => existsSync(one ?? ''))).toEqual([false, true]);
});

test('a client skips the proxies of the environment', () => {
  const files = { kubeconfig: '/k', ca: '/ca', cache: '/cache', remove() {} };
  const own = { KUBECONFIG: '/k', SNOOP_PROXY: proxy.url, SNOOP_PROXY_CA: '/ca', SNOOP_PROXY_TOKEN: 'the-token' };
  expect(createClientEnvironment({ KUBECONFIG: '/mine', A: 'b' }, proxy, files)).toEqual({
    ...{ ...own, A: 'b', KUBECACHEDIR: '/cache' },
  });
  expect(createClientEnvironment({ HTTPS_PROXY: 'http://p', no_proxy: 'a' }, proxy, files)).toMatchObject({
    ...{ no_proxy: 'a,127.0.0.1', NO_PROXY: 'a,127.0.0.1' },
  });
});

test.runIf(process.platform === 'linux')(
  'processes that a command left are found by the proxy in their environment',
  async () => {
    const url = `https://127.0.0.1:${process.pid}`;
    const child = spawn('sleep', ['60'], { env: { PATH: process.env.PATH, SNOOP_PROXY: url } });
    onTestFinished(() => void child.kill('SIGKILL'));
    await expect.poll(() => findLeftProcesses(url)).toEqual([{ pid: child.pid, name: 'sleep' }]);
    expect(findLeftProcesses(`${url}0`)).toEqual([]);
  },
);

test('unrecorded requests are explained', () => {
  expect(explainUnrecorded(3, { requests: 0, handshakes: 0 })).toEqual([]);
  expect(explainUnrecorded(0, { requests: 0, handshakes: 0 })[0]).toContain('sent no request to the proxy');
  expect(explainUnrecorded(3, { requests: 2, handshakes: 1 })).toEqual([
    expect.stringContaining('1 TLS handshake with the proxy failed'),
    expect.stringContaining('2 requests without the token were refused'),
  ]);
});
