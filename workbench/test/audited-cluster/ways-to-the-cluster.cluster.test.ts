import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request as sendSecurely } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { findShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { recordCluster } from '../support/recorded-cluster.ts';
import type { RecordedCluster } from '../support/recorded-cluster.ts';

let controlPlane: ControlPlane;
let token: string;

beforeAll(async () => {
  controlPlane = await findShared();
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  token = config.getCurrentUser()?.token ?? '';
  expect(token).not.toBe('');
});

/** Sends a request of each kind, which must be answered and recorded once. */
async function expectAllToWork({ cluster, read }: RecordedCluster): Promise<void> {
  await cluster.client(CoreV1Api).readNamespace({ name: 'default' });
  await cluster.objects().read({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const watching = await cluster.watch().watch(
    '/api/v1/namespaces',
    {},
    () => {},
    () => {},
  );
  watching.abort();
  expect((await cluster.request({ path: '/api/v1/namespaces/default' })).status).toBe(200);
  const exec = cluster.exec().exec('default', 'no-such-pod', 'main', ['ls'], null, null, null, false);
  await expect(exec).rejects.toMatchObject({ message: 'Unexpected server response: 404' });
  expect((await read()).requests.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 404]);
}

test('a token from a program', async () => {
  const recorded = await recordCluster(controlPlane, 'exec plugin');
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
  const { kubeConfig } = recorded.cluster;
  kubeConfig.users = kubeConfig.users.map(({ name }) => ({
    name,
    exec: {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    },
  }));
  await expectAllToWork(recorded);
});

test('a token in a file beside the kubeconfig, as in a Pod', async () => {
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(join(folder, 'token'), token);
  const named = (await readFile(controlPlane.kubeconfig, 'utf8')).replace(/^(\s*)token:.*$/m, '$1tokenFile: token');
  expect(named).toContain('tokenFile: token');
  await writeFile(kubeconfig, named);
  await expectAllToWork(await recordCluster({ ...controlPlane, kubeconfig }, 'token file'));
});

test('a proxy', async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, near) => {
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(near).pipe(far);
    });
    for (const socket of [near, far]) socket.on('error', () => {});
    onTestFinished(() => void near.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const recorded = await recordCluster(controlPlane, 'proxy');
  const { kubeConfig } = recorded.cluster;
  const { port } = proxy.address() as AddressInfo;
  kubeConfig.clusters = kubeConfig.clusters.map((cluster) => ({ ...cluster, proxyUrl: `http://127.0.0.1:${port}` }));
  await expectAllToWork(recorded);
  expect(new Set(tunnels)).toEqual(new Set([new URL(controlPlane.apiserver.url).host]));
});

test('plain HTTP, as with kubectl proxy', async () => {
  const { hostname, port } = new URL(controlPlane.apiserver.url);
  const far = { hostname, port, rejectUnauthorized: false };
  const agents: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    agents.push(request.headers['user-agent']);
    const { method, url: path, headers } = request;
    const sent = sendSecurely({ ...far, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => sent.destroy());
    request.pipe(sent);
  });
  proxy.on('upgrade', (request, near) => {
    agents.push(request.headers['user-agent']);
    const head = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      head.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    const upstream = connectSecurely({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      upstream.write(`${head.join('\r\n')}\r\n\r\n`);
      upstream.pipe(near).pipe(upstream);
    });
    for (const socket of [near, upstream]) socket.on('error', () => {});
    onTestFinished(() => void upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const folder = await makeFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const named = (await readFile(controlPlane.kubeconfig, 'utf8'))
    .replace(/server: .*/, `server: ${address}`)
    .replace(/^.*certificate-authority.*\n/m, '');
  await writeFile(kubeconfig, named);
  const recorded = await recordCluster({ ...controlPlane, kubeconfig }, 'plain http');
  await expectAllToWork(recorded);
  expect(agents).toHaveLength(6);
  expect(new Set(agents)).toEqual(new Set(['live-test-writing -- plain http']));
});

test('refuses a certificate of another CA', async () => {
  const { cluster, read } = await recordCluster(controlPlane, 'no authority');
  const { kubeConfig } = cluster;
  kubeConfig.clusters = kubeConfig.clusters.map(({ name, server }) => ({ name, server, skipTLSVerify: false }));
  await expect(cluster.request({ path: '/version' })).rejects.toMatchObject({ code: 'no_answer' });
  expect((await read()).requests).toMatchObject([{ outcome: 'no answer' }]);
});
