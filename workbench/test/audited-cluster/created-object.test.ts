import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCreatedObject } from '../../src/audited-cluster/created-object.ts';
import type { ClusterObject } from '../../src/audited-cluster/created-object.ts';
import { watchRequest } from '../../src/audited-cluster/request-watch.ts';

let answer: { status: number; body: string | Buffer; encoding?: string } = { status: 201, body: '' };
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(answer.status, answer.encoding === undefined ? {} : { 'content-encoding': answer.encoding });
  response.end(answer.body);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Returns the found objects and the body that the reader received. */
async function exchange(method: string, path: string): Promise<{ made: ClusterObject[]; body: Buffer }> {
  const { port } = server.address() as AddressInfo;
  const made: ClusterObject[] = [];
  const request = send({ host: '127.0.0.1', port, method, path, agent: false });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    watchRequest(request, {
      answered: (_status, response) => readCreatedObject(request, response, (object) => made.push(object)),
      closed: () => resolve(),
    });
    request.on(
      'response',
      (response) =>
        void (async () => {
          for await (const chunk of response) chunks.push(chunk);
        })().catch(reject),
    );
    request.on('error', reject);
    request.end('{}');
  });
  return { made, body: Buffer.concat(chunks) };
}

const object = (name: string): string => JSON.stringify({ metadata: { name, uid: 'u' }, data: 'x'.repeat(100_000) });

test.each<[string, string, string | null]>([
  ['POST', '/api/v1/namespaces', '/api/v1/namespaces/made'],
  ['POST', '/api/v1/namespaces/', '/api/v1/namespaces/made'],
  ['POST', '/api/v1/nodes?fieldManager=x', '/api/v1/nodes/made'],
  ['POST', '/api/v1/namespaces/a/pods', '/api/v1/namespaces/a/pods/made'],
  ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', '/apis/rbac.authorization.k8s.io/v1/clusterroles/made'],
  ['POST', '/k8s/clusters/c-1/apis/apps/v1/namespaces/a/deployments', '/apis/apps/v1/namespaces/a/deployments/made'],
  ['PATCH', '/api/v1/nodes/applied?fieldManager=x', '/api/v1/nodes/applied'],
  ['PUT', '/api/v1/namespaces/a/configmaps/put', '/api/v1/namespaces/a/configmaps/put'],
  ['POST', '/api/v1/nodes?dryRun=All', null],
  ['POST', '/api/v1/namespaces/a/pods/x/eviction', null],
  ['POST', '/api/v1/namespaces/a/serviceaccounts/x/token', null],
  ['PATCH', '/api/v1/namespaces/a/status', null],
  ['PUT', '/api/v1/nodes', null],
  ['GET', '/api/v1/nodes/x', null],
  ['POST', '/api/v1/namespaces/a/services/x/proxy/api/v1/namespaces', null],
  ['POST', '/version', null],
])('the object created by %s %s is %s', async (method, path, made) => {
  answer = { status: 201, body: object('made') };
  const exchanged = await exchange(method, path);
  expect(exchanged.made).toEqual(made === null ? [] : [{ path: made, uid: 'u' }]);
  // The reader receives the whole response.
  expect(exchanged.body.toString()).toBe(answer.body);
});

test.each<[string, typeof answer, string[]]>([
  ['packed', { status: 201, body: gzipSync(object('packed')), encoding: 'gzip' }, ['/api/v1/nodes/packed']],
  ['a name that a path cannot hold', { status: 201, body: object('a:b/c') }, ['/api/v1/nodes/a%3Ab%2Fc']],
  ['found, not created', { status: 200, body: object('x') }, []],
  ['refused', { status: 409, body: object('x') }, []],
  ['a review, which is not stored', { status: 201, body: '{"kind":"TokenReview","metadata":{"name":"x"}}' }, []],
  ['not JSON', { status: 201, body: 'k8s\0protobuf' }, []],
  ['nothing', { status: 201, body: '' }, []],
])('objects in a response: %s', async (_name, given, paths) => {
  answer = given;
  const { made } = await exchange('POST', '/api/v1/nodes');
  expect(made.map(({ path }) => path)).toEqual(paths);
});
