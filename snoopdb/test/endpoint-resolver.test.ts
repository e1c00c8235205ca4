import { describe, expect, test } from 'vitest';
import { createEndpointResolver, type Operation, readOperations, unresolvedReasons } from '../src/index.ts';
import { hasSharedData, readSharedJson } from './support/shared-data.ts';
import { smallDocument } from './support/small-document.ts';

const resolver = createEndpointResolver(readOperations(smallDocument).operations);

describe('an endpoint', () => {
  test.each([
    ['list', '/api/v1/namespaces/default/pods?limit=500', 'listNamespacedPod'],
    ['watch', '/api/v1/namespaces/default/pods?watch=true', 'listNamespacedPod'],
    ['list', '/api/v1/pods', 'listPodForAllNamespaces'],
    ['watch', '/api/v1/watch/pods', 'watchPodListForAllNamespaces'],
    ['create', '/api/v1/namespaces/default/pods', 'createNamespacedPod'],
    ['deletecollection', '/api/v1/namespaces/default/pods', 'deleteCollectionNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/web', 'readNamespacedPod'],
    ['update', '/api/v1/namespaces/default/pods/web', 'replaceNamespacedPod'],
    ['patch', '/api/v1/namespaces/default/pods/web', 'patchNamespacedPod'],
    ['delete', '/api/v1/namespaces/default/pods/web', 'deleteNamespacedPod'],
    // Names may be any word.
    ['get', '/api/v1/namespaces/status', 'readNamespace'],
    ['get', '/api/v1/namespaces/pods/status', 'readNamespaceStatus'],
    ['get', '/api/v1/namespaces/namespaces/pods/exec', 'readNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/HEAD', 'readNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/a.b-c..d', 'readNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/50%25', 'readNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/%FF', 'readNamespacedPod'],
    ['get', '/api/v1/namespaces/default/pods/%zz%', 'readNamespacedPod'],
    // Decoded before it is split.
    ['get', '/api/v1/namespaces/default%2Fpods%2Fweb', 'readNamespacedPod'],
    // With and without the slash at the end.
    ['list', '/api/v1/namespaces/default/pods/', 'listNamespacedPod'],
    ['get', '/version', 'getCodeVersion'],
    ['get', '/version/', 'getCodeVersion'],
    ['get', '/api', 'getCoreAPIVersions'],
    // The HTTP method behind a connect.
    ['get', '/api/v1/namespaces/default/pods/web/exec?command=ls', 'connectGetPodExec'],
    ['create', '/api/v1/namespaces/default/pods/web/exec', 'connectPostPodExec'],
    ['create', '/api/v1/namespaces/default/pods/web/proxy/a/b//c?d=/e', 'connectPostPodProxyPath'],
    ['', '/api/v1/namespaces/default/pods/web/proxy/a', 'connectOptionsPodProxyPath'],
    ['get', '/logs/kube-apiserver.log', 'logFileHandler'],
    ['get', '/logs/a/b', 'logFileHandler'],
    ['get', '/logs', 'logFileListHandler'],
    // Back to the parameter when the literal leads to nothing.
    ['get', '/apis/example.com/v1/things/special/only', 'readSpecialOnly'],
    ['get', '/apis/example.com/v1/things/special', 'readThing'],
    ['get', '/apis/example.com/v1/things/special/status', 'readThingStatus'],
  ])('%s %s is %s', (verb, requestURI, endpoint) => {
    expect(resolver.resolve({ verb, requestURI })).toMatchObject({ endpoint });
  });

  test.each([
    ['get', '/healthz', 'non-resource path'],
    ['get', '/', 'non-resource path'],
    ['get', '/openapi/v2?timeout=32s', 'non-resource path'],
    ['list', '/apis/nowhere.example.com/v1/things', 'not in this release'],
    ['get', '/api/v1/namespaces/default/pods/web/nothing', 'not in this release'],
    ['get', '/api/v1/namespaces//pods/web', 'not in this release'],
    ['delete', '/api/v1/namespaces/default', 'method not served'],
    ['', '/api/v1/namespaces/default/pods', 'method not served'],
    ['proxy', '/api/v1/namespaces/default/pods/web', 'undecidable'],
    ['constructor', '/api/v1/pods', 'undecidable'],
    ['get', '', 'malformed request'],
    ['get', 'api/v1/pods', 'malformed request'],
  ])('%s %s has none: %s', (verb, requestURI, reason) => {
    expect(resolver.resolve({ verb, requestURI })).toEqual({ endpoint: null, reason });
    expect(unresolvedReasons).toHaveProperty([reason]);
  });

  test('what only the sender knows decides between GET and HEAD', () => {
    const requestURI = '/api/v1/namespaces/default/pods/web/proxy/index.html';
    expect(resolver.resolve({ verb: 'get', requestURI })).toEqual({
      endpoint: 'connectGetPodProxyPath',
      ambiguous: 'GET or HEAD',
    });
    expect(resolver.resolve({ verb: 'get', requestURI, method: 'HEAD' })).toEqual({
      endpoint: 'connectHeadPodProxyPath',
    });
    expect(resolver.resolve({ verb: 'get', requestURI, method: 'GET' })).toEqual({
      endpoint: 'connectGetPodProxyPath',
    });
    expect(resolver.resolve({ verb: 'get', requestURI: '/api/v1/pods', method: 'HEAD' })).toEqual({
      endpoint: null,
      reason: 'method not served',
    });
  });

  test('no input makes it throw', () => {
    const odd = [
      undefined,
      null,
      5,
      {},
      [],
      '',
      '/',
      '//',
      '?',
      '/%',
      '/%2',
      `/${'a/'.repeat(50_000)}`,
      '/\0\uD800',
      '/api/%2F%2F',
    ];
    for (const verb of odd) {
      for (const requestURI of odd) {
        const request = { verb, requestURI } as { verb: string; requestURI: string };
        const resolution = resolver.resolve(request);
        if (resolution.endpoint === null) expect(unresolvedReasons).toHaveProperty([resolution.reason]);
      }
    }
  });
});

const nastyNames = ['web', 'status', 'proxy', 'namespaces', 'HEAD', 'watch', 'a.b.c', '..', 'x%20y', '%41', 'metrics'];
const verbsOf: Record<string, string[]> = {
  GET: ['get', 'list', 'watch'],
  POST: ['create'],
  PUT: ['update'],
  PATCH: ['patch'],
  DELETE: ['delete', 'deletecollection'],
  OPTIONS: [''],
  HEAD: ['get'],
};

/** Asks for each operation with every nasty name in its parameters; what came out otherwise. */
function findMisresolved(operations: readonly Operation[]): string[] {
  const asked = createEndpointResolver(operations);
  const wrong: string[] = [];
  for (const { endpoint, method, path } of operations) {
    for (const name of nastyNames) {
      const requestUri = path.replace(/\{[^}]+\}/g, name);
      for (const verb of verbsOf[method] ?? []) {
        for (const ending of ['', '?limit=1&path=/api', '/']) {
          const requestURI = `${ending === '/' ? requestUri.replace(/\/$/, '') : requestUri}${ending}`;
          const found = asked.resolve({ verb, requestURI, ...(method === 'HEAD' ? { method } : {}) });
          if (found.endpoint !== endpoint)
            wrong.push(`${verb} ${requestURI}: ${JSON.stringify(found)}, not ${endpoint}`);
        }
      }
    }
  }
  return wrong;
}

test('every operation of the small document resolves to itself, whatever the names', () => {
  const { operations } = readOperations(smallDocument);
  // A thing named special has a literal path of its own beside it; that is the document's doing.
  expect(findMisresolved(operations)).toEqual([]);
});

describe.skipIf(!hasSharedData)('every operation of a published document', () => {
  test.each(['1.20.4', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36'])('%s resolves to itself', (release) => {
    const { operations } = readOperations(readSharedJson(`openapi/swagger-${release}.json.gz`));
    expect(findMisresolved(operations).slice(0, 10)).toEqual([]);
  });
});
