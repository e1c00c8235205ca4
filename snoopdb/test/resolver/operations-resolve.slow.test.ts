import { describe, expect, test } from 'vitest';
import { listShippedReleases, readShippedSnapshot, unpackSnapshot } from '../../src/releases/shipped-snapshot.ts';
import { createEndpointResolver, readOperations, type ResolvableOperation } from '../../src/index.ts';
import { fillPath, listVerbs, oddNames, listVariants } from '../support/legal-requests.ts';
import { createSlowResolver } from '../support/slow-resolver.ts';
import { documentWithWidgets } from '../support/small-document.ts';
import { testData } from '../support/test-data.ts';

/** A cluster's document: custom resources, and aggregated APIs with subresources of their own. */
const clusterDocument: ResolvableOperation[] = [
  ['GET', '/apis/stable.example.com/', 'getStableExampleComAPIGroup'],
  ['GET', '/apis/stable.example.com/v1/', 'getStableExampleComV1APIResources'],
  ['GET', '/apis/stable.example.com/v1/crontabs', 'listStableExampleComV1CronTabForAllNamespaces'],
  ['GET', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs', 'listStableExampleComV1NamespacedCronTab'],
  ['POST', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs', 'createStableExampleComV1NamespacedCronTab'],
  ['DELETE', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs', 'deleteCollectionCronTab'],
  ['GET', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}', 'readCronTab'],
  ['PUT', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}', 'replaceCronTab'],
  ['PATCH', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}', 'patchCronTab'],
  ['DELETE', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}', 'deleteCronTab'],
  ['PATCH', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale', 'patchCronTabScale'],
  ['GET', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/status', 'readCronTabStatus'],
  // A custom resource whose plural is a word of the API.
  ['GET', '/apis/odd.example.com/v1/namespaces/{namespace}/watch/{name}', 'readOddWatch'],
  ['GET', '/apis/odd.example.com/v1/status', 'listOddStatus'],
  ['GET', '/apis/odd.example.com/v1/status/{name}', 'readOddStatus'],
  ['GET', '/apis/metrics.k8s.io/v1beta1/nodes/{name}', 'readMetricsV1beta1NodeMetrics'],
  ['GET', '/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods', 'listMetricsV1beta1NamespacedPodMetrics'],
  ['GET', '/apis/custom.metrics.k8s.io/v1beta1/namespaces/{namespace}/{resource}/{name}/{metric}', 'readCustomMetric'],
  ['GET', '/apis/custom.metrics.k8s.io/v1beta1/namespaces/{namespace}/metrics/{metric}', 'readNamespaceMetric'],
  ['PUT', '/apis/subresources.example.com/v1/namespaces/{namespace}/machines/{name}/restart', 'restartMachine'],
  ['GET', '/apis/subresources.example.com/v1/namespaces/{namespace}/machines/{name}/forward/{path}', 'getForward'],
  ['HEAD', '/apis/subresources.example.com/v1/namespaces/{namespace}/machines/{name}/forward/{path}', 'headForward'],
  ['OPTIONS', '/apis/subresources.example.com/v1/namespaces/{namespace}/machines/{name}/forward/{path}', 'optForward'],
].map(([method = '', path = '', endpoint = '']) => ({ method, path, endpoint, deprecated: false }));

const documents: [string, () => readonly ResolvableOperation[]][] = [
  ['a small document', () => readOperations(documentWithWidgets).operations],
  ["a cluster's own document", () => clusterDocument],
];
for (const release of await listShippedReleases()) {
  const { bytes } = await readShippedSnapshot(release);
  documents.push([`shipped ${release}`, () => unpackSnapshot(bytes).endpoints]);
}
const published = {
  slices: ['1.30', '1.36'],
  'whole files': ['1.20.4', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36'],
};
for (const { name, readJson } of testData) {
  for (const release of published[name]) {
    const read = () => readOperations(readJson(`openapi/swagger-${release}.json`)).operations;
    documents.push([`published ${release} (${name})`, read]);
  }
}

/**
 * Asks for every operation with every name. It resolves to itself, unless the name is also a literal of the document
 * at that place: then whatever has the literal goes first, as a slow search over all operations says.
 */
function findWrong(operations: readonly ResolvableOperation[]): string[] {
  const resolver = createEndpointResolver(operations);
  const bySlowSearch = createSlowResolver(operations);
  const wrong: string[] = [];
  const ask = (operation: ResolvableOperation, path: string, verb: string, method?: string) => {
    for (const requestURI of listVariants(path)) {
      const { endpoint } = resolver.resolve({ verb, requestURI, ...(method && { method }) });
      if (endpoint === operation.endpoint) continue;
      const decoded = path.replace(/(?:%[0-9A-F]{2})+/gi, (all) =>
        Buffer.from(all.replaceAll('%', ''), 'hex').toString(),
      );
      const winner = bySlowSearch(operation.method, decoded);
      if (endpoint !== winner || winner === operation.endpoint) {
        wrong.push(`${verb} ${requestURI}: ${endpoint}, not ${operation.endpoint}; the slow search says ${winner}`);
      }
    }
  };
  for (const operation of operations) {
    for (const name of oddNames) {
      for (const path of fillPath(operation.path, name)) {
        for (const verb of listVerbs(operation)) ask(operation, path, verb);
        // The sender knows the method, whatever the verb.
        ask(operation, path, operation.method === 'HEAD' ? 'get' : '', operation.method);
      }
    }
  }
  return wrong;
}

describe.each(documents)('every operation of %s', (_what, read) => {
  const operations = read();

  test('resolves to itself, whatever the names, verbs, query and slash', () => {
    expect(operations.length).toBeGreaterThan(20);
    expect(findWrong(operations).slice(0, 10)).toEqual([]);
  });

  test('resolves to itself with plain names, without exception', () => {
    const resolver = createEndpointResolver(operations);
    const wrong = operations.flatMap((operation) => {
      const [path = ''] = fillPath(operation.path, 'plain');
      const { endpoint } = resolver.resolve({ verb: '', requestURI: path, method: operation.method });
      return endpoint === operation.endpoint ? [] : [`${operation.endpoint}: ${endpoint}`];
    });
    expect(wrong).toEqual([]);
  });

  test('that is a HEAD resolves to the GET operation of the same path, marked', () => {
    const resolver = createEndpointResolver(operations);
    for (const { method, path } of operations.filter((operation) => operation.method === 'HEAD')) {
      const [requestURI = ''] = fillPath(path, 'web');
      const get = operations.find((other) => other.method === 'GET' && other.path === path);
      expect(get, `${method} ${path} has a GET beside it`).toBeDefined();
      expect(resolver.resolve({ verb: 'get', requestURI })).toEqual({
        endpoint: get?.endpoint,
        ambiguous: 'GET or HEAD',
      });
    }
  });

  test('resolves with escaped slashes in its path', () => {
    const resolver = createEndpointResolver(operations);
    for (const { method, path, endpoint } of operations) {
      const [plain = ''] = fillPath(path, 'plain');
      const requestURI = `/${plain.slice(1).replaceAll('/', '%2F')}`;
      expect(resolver.resolve({ verb: '', requestURI, method })).toEqual({ endpoint });
    }
  });
});
