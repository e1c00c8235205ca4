import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listServedKinds } from '../../src/new-test/served-kinds.ts';

test('finds the other kinds when the server of an aggregated API does not answer', async () => {
  const group = (name: string): object => ({
    ...{ name, versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } },
  });
  const resource = (name: string, kind: string): object => ({ name, kind, namespaced: true, verbs: ['get'] });
  const answers: Readonly<Record<string, object>> = {
    '/api': { versions: ['v1'] },
    '/apis': { groups: [group('down.example.com'), group('apps')] },
    '/api/v1': { resources: [resource('pods', 'Pod')] },
    '/apis/apps/v1': { resources: [resource('deployments', 'Deployment')] },
  };
  const server = createServer(({ url = '', socket }, response) => {
    const answer = answers[url];
    if (answer === undefined) socket.destroy();
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const cluster = {
    name: 'c',
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    skipTLSVerify: true,
  };
  const kinds = await listServedKinds({ getCurrentCluster: () => cluster, applyToHTTPSOptions: async () => {} });
  expect(kinds.map(({ kind }) => kind)).toEqual(['Pod', 'Deployment']);
});
