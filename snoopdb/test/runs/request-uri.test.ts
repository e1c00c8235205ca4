import { expect, test } from 'vitest';
import { formatRequestUri } from '../../src/runs/request-uri.ts';

test.each([
  ['/api/v1/pods?limit=1', 'https://127.0.0.1:6443', '/api/v1/pods?limit=1'],
  ['/api/v1/pods', null, '/api/v1/pods'],
  ['/api/v1/pods', 'no URL', '/api/v1/pods'],
  ['/k8s/clusters/c-1/api/v1/pods?limit=1', 'https://rancher/k8s/clusters/c-1', '/api/v1/pods?limit=1'],
  ['/k8s/clusters/c-1/api/v1/pods', 'https://rancher/k8s/clusters/c-1/', '/api/v1/pods'],
  // The prefix of another cluster, and none at all: a redirect may lead there.
  ['/k8s/clusters/c-12/api', 'https://rancher/k8s/clusters/c-1', '/k8s/clusters/c-12/api'],
  ['/api/v1/pods', 'https://rancher/k8s/clusters/c-1', '/api/v1/pods'],
  ['/k8s/clusters/c-1', 'https://rancher/k8s/clusters/c-1', '/'],
  ['/k8s/clusters/c-1?timeout=1s', 'https://rancher/k8s/clusters/c-1', '/?timeout=1s'],
  ['*', 'https://127.0.0.1:6443', '*'],
  // Paths that Go does not change, and those it rewrites as a whole.
  ['/api/v1/nodes/a%2Fb:c/(x)!?a=%zz&b=[]', null, '/api/v1/nodes/a%2Fb:c/(x)!?a=%zz&b=[]'],
  ['/a%2fb(!)/{name}', null, '/a/b%28%21%29/%7Bname%7D'],
  ['/a|b"c#d', null, '/a%7Cb%22c%23d'],
  ['/%25/\u00c3\u00a4', null, '/%25/%C3%A4'],
  ['/a?\u00c3\u00a4', null, '/a?ä'],
])('%s on %s is %s in the audit log', (path, server, uri) => {
  expect(formatRequestUri(path, server)).toBe(uri);
});
