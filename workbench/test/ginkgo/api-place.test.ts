import { expect, test } from 'vitest';
import { readPlace } from '../../src/ginkgo/api-place.ts';

test.each([
  ['/api/v1/namespaces/a/pods/b/log', ['', 'v1', 'a', 'pods', 'b', 'log']],
  ['/api/v1/namespaces/a', ['', 'v1', null, 'namespaces', 'a', null]],
  ['/api/v1/namespaces/a/status', ['', 'v1', null, 'namespaces', 'a', 'status']],
  ['/api/v1/namespaces/a/pods', ['', 'v1', 'a', 'pods', null, null]],
  ['/apis/apps/v1/deployments/', ['apps', 'v1', null, 'deployments', null, null]],
  ['/apis/apps/v1/namespaces/a/deployments/b%2Fc', ['apps', 'v1', 'a', 'deployments', 'b/c', null]],
  ['/api/v1/nodes/n/proxy/metrics/x', ['', 'v1', null, 'nodes', 'n', 'proxy/metrics/x']],
])('%s', (path, [group, version, namespace, resource, name, subresource]) => {
  expect(readPlace(path)).toEqual({ type: 'resource', group, version, namespace, resource, name, subresource });
});

test.each(['/version', '/apis', '/api/v1', '/apis/apps/v1', '/api/v1/watch/pods', '/api/v1/namespaces/%zz/%'])(
  '%s',
  (path) => {
    expect(readPlace(path).type).toBe(path.includes('%zz') ? 'resource' : 'other');
  },
);
