import { describe, expect, test } from 'vitest';
import { chainResolvers, emptyResolver } from '../../src/resolver/endpoint-resolver.ts';
import { createEndpointResolver, type ResolvableRequest, readOperations, unresolvedReasons } from '../../src/index.ts';
import { createTestRandom } from '../support/random.ts';
import { createSlowResolver } from '../support/slow-resolver.ts';
import { smallDocument } from '../support/small-document.ts';

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

  test('the sender decides between GET and HEAD', () => {
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

  test('every verb of a GET may be a HEAD, on resources only', () => {
    const asked = createEndpointResolver([
      { endpoint: 'get', method: 'GET', path: '/apis/x.example.com/v1/things', deprecated: false },
      { endpoint: 'head', method: 'HEAD', path: '/apis/x.example.com/v1/things', deprecated: false },
      { endpoint: 'getPage', method: 'GET', path: '/page', deprecated: false },
      { endpoint: 'headPage', method: 'HEAD', path: '/page', deprecated: false },
      { endpoint: 'headOnly', method: 'HEAD', path: '/apis/x.example.com/v1/heads', deprecated: false },
    ]);
    const ask = (verb: string, requestURI: string) => asked.resolve({ verb, requestURI });
    for (const verb of ['get', 'list', 'watch']) {
      expect(ask(verb, '/apis/x.example.com/v1/things')).toEqual({ endpoint: 'get', ambiguous: 'GET or HEAD' });
    }
    expect(ask('get', '/page')).toEqual({ endpoint: 'getPage' });
    expect(ask('head', '/page')).toEqual({ endpoint: 'headPage' });
    expect(ask('get', '/apis/x.example.com/v1/heads')).toEqual({ endpoint: null, reason: 'undecidable' });
  });

  test('of twins, the one that is not deprecated counts, in either order; otherwise the first', () => {
    const twin = (endpoint: string, deprecated: boolean) => ({
      endpoint,
      method: 'GET',
      path: '/twins/{a}',
      deprecated,
    });
    const ask = (...operations: ReturnType<typeof twin>[]) =>
      createEndpointResolver(operations).resolve({ verb: 'get', requestURI: '/twins/x' }).endpoint;
    expect(ask(twin('old', true), twin('new', false))).toBe('new');
    expect(ask(twin('new', false), twin('old', true))).toBe('new');
    expect(ask(twin('first', false), twin('second', false))).toBe('first');
    expect(ask(twin('first', true), twin('second', true))).toBe('first');
  });
});

describe('random documents and requests', () => {
  test('agree with a slow search over all operations', () => {
    const random = createTestRandom();
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const words = ['api', 'apis', 'a', 'b', 'status', 'proxy'];
    for (let round = 0; round < 300; round += 1) {
      const operations = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, number) => {
        const segments = Array.from({ length: Math.floor(random() * 5) }, () => pick([...words, '{name}', '{x}']));
        if (random() < 0.2) segments.push('{path}');
        const path = `/${segments.join('/')}`;
        return { endpoint: `endpoint${number}`, method: pick(['GET', 'POST']), path, deprecated: random() < 0.2 };
      });
      const resolver = createEndpointResolver(operations);
      const bySlowSearch = createSlowResolver(operations);
      for (let request = 0; request < 30; request += 1) {
        const segments = Array.from({ length: Math.floor(random() * 6) }, () => pick([...words, 'c', '']));
        const requestURI = `/${segments.join('/')}`;
        const method = pick(['GET', 'POST']);
        const { endpoint } = resolver.resolve({ verb: '', requestURI, method });
        expect({ operations, requestURI, method, endpoint }).toEqual({
          operations,
          requestURI,
          method,
          endpoint: bySlowSearch(method, requestURI),
        });
      }
    }
  });

  test('never throw', () => {
    const random = createTestRandom();
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    const odd: unknown[] = [
      ...[undefined, null, 5, Number.NaN, true, {}, [], ['/api'], Symbol('x'), () => '/', 10n, new Map()],
      ...['', '/', '//', '?', '/?', '/%', '/%2', '/%zz', '/\0\uD800', '/\uDC00\uD800', '/api/%2F%2F', '/%2e%2e/%00'],
      ...['__proto__', 'constructor', 'toString', '/__proto__', '/constructor/prototype', '/api/v1/__proto__/x'],
      ...['*', 'http://host/api/v1/pods', '/api/v1/pods#x', '/'.repeat(100_000), `/${'a/'.repeat(100_000)}`],
      ...[`/${'%41'.repeat(100_000)}`, `/api/v1/${'x'.repeat(1_000_000)}`, `/api?${'x/'.repeat(100_000)}`],
    ];
    const pieces = ['/', 'api', 'v1', 'apis', 'pods', '%2F', '%', '%E4', '?', '#', '\uD83D', '..', '{', '}', '\n', 'é'];
    const bodies = [undefined, null, 5, 'text', [], {}] as unknown[];
    const requests = Array.from({ length: 1_000 }, () => {
      const made = Array.from({ length: Math.floor(random() * 12) }, () => pick(pieces)).join('');
      const value = () => (random() < 0.3 ? pick(odd) : made);
      return {
        verb: random() < 0.5 ? pick(['get', 'list', '', 'create']) : value(),
        requestURI: value(),
        method: value(),
      };
    });
    const resolvers = [resolver, createEndpointResolver([]), emptyResolver, chainResolvers(resolver, emptyResolver)];
    for (const request of [...bodies, ...requests] as ResolvableRequest[]) {
      for (const asked of resolvers) {
        const resolution = asked.resolve(request);
        if (resolution.endpoint === null) expect(Object.keys(unresolvedReasons)).toContain(resolution.reason);
        const explanation = asked.explain(request);
        expect(explanation.resolution).toEqual(resolution);
        expect(JSON.stringify(explanation).length).toBeLessThan(10_000);
      }
    }
  });
});

describe('an excessive path', () => {
  const list = { verb: 'list', requestURI: '/api/v1/namespaces/default/pods' };

  test.each([
    ['of one word', '/api/', 'x'],
    ['of escapes', '/api/', '%41'],
    ['of slashes', '/', '/'],
    ['of parts', '/api', '/x'],
    ['below one that takes the rest', '/api/v1/namespaces/default/pods/web/proxy/', 'x'],
  ])('%s is not resolved', (_what, start, unit) => {
    const request = { verb: 'get', requestURI: start + unit.repeat(50_000_000 / unit.length) };
    expect(resolver.resolve(request)).toEqual({ endpoint: null, reason: 'malformed request' });
    expect(resolver.explain(request)).toMatchObject({ path: null, steps: [], nearest: [] });
  });

  test('a long path is resolved as usual, and explained in few words', () => {
    const parts = { verb: 'get', requestURI: `/api/v1${'/x'.repeat(60_000)}` };
    expect(resolver.resolve(parts)).toEqual({ endpoint: null, reason: 'not in this release' });
    expect(JSON.stringify(resolver.explain(parts)).length).toBeLessThan(5000);
    const slashes = { verb: 'get', requestURI: `${'/'.repeat(100_000)}api/v1/namespaces/default/pods/web` };
    expect(resolver.resolve(slashes)).toEqual({ endpoint: 'readNamespacedPod' });
    const name = { verb: 'get', requestURI: `/api/v1/namespaces/default/pods/${'x'.repeat(100_000)}` };
    expect(resolver.resolve(name)).toEqual({ endpoint: 'readNamespacedPod' });
    expect(JSON.stringify(resolver.explain(name)).length).toBeLessThan(5000);
  });

  test('ignores a query of 50 million keys', () => {
    expect(resolver.resolve({ ...list, requestURI: `${list.requestURI}?${'&a'.repeat(25_000_000)}` })).toEqual(
      resolver.resolve(list),
    );
  });
});

test('skips and counts paths of a document over the limits', () => {
  const operation = { get: { operationId: 'a' } };
  const paths = { '/a': operation, [`/${'x'.repeat(9000)}`]: operation, ['/x'.repeat(200)]: operation };
  const read = readOperations({ paths });
  expect([read.operations.map(({ path }) => path), read.unreadable]).toEqual([['/a'], 2]);
  const deep = { endpoint: 'deep', method: 'GET', path: '/x'.repeat(50_000), deprecated: false };
  expect(createEndpointResolver([deep]).resolve({ verb: 'get', requestURI: deep.path })).toMatchObject({
    endpoint: null,
  });
});
