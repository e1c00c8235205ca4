import { describe, expect, test } from 'vitest';
import { dropDuplicates, identifyEndpoint, nameEndpoints } from '../../src/resolver/endpoint-names.ts';
import type { ResolvableOperation } from '../../src/resolver/endpoint-trie.ts';
import { createTestRandom } from '../support/random.ts';

const get = (path: string, endpoint: string, deprecated = false): ResolvableOperation => ({
  endpoint,
  method: 'GET',
  path,
  deprecated,
});

const list = 'listAutoscalingV2NamespacedHorizontalPodAutoscaler';
const builtIn = get('/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers', list);
const lookalike = get('/apis/autoscaling.k8s.io/v2/namespaces/{namespace}/horizontalpodautoscalers', list);
const madeName = `GET ${lookalike.path}`;
const scale = 'readAppsV1beta2NamespacedScaleScale';
const deployments = get('/apis/apps/v1beta2/namespaces/{namespace}/deployments/{name}/scale', scale);
const replicaSets = get('/apis/apps/v1beta2/namespaces/{namespace}/replicasets/{name}/scale', scale);

/** Names by path, the operations in both orders: they must not differ. */
function name(operations: ResolvableOperation[], baseline: ResolvableOperation[] = []): Record<string, string> {
  const [forward = {}, back] = [operations, operations.toReversed()].map((order) =>
    Object.fromEntries(nameEndpoints(order, baseline).map(({ path, endpoint }) => [path, endpoint])),
  );
  expect(back).toEqual(forward);
  return forward;
}

describe('the name of an endpoint', () => {
  test('is not shared by a custom resource with the same operationId, with or without a baseline', () => {
    const names = { [builtIn.path]: list, [lookalike.path]: madeName };
    expect(name([builtIn, lookalike])).toEqual(names);
    expect(name([builtIn, lookalike], [builtIn])).toEqual(names);
    expect(name([lookalike], [builtIn])).toEqual({ [lookalike.path]: madeName });
  });

  test('is missing if nothing tells which endpoint it is', () => {
    const both = { [deployments.path]: `GET ${deployments.path}`, [replicaSets.path]: `GET ${replicaSets.path}` };
    expect(name([deployments, replicaSets])).toEqual(both);
    expect(name([deployments, replicaSets], [builtIn])).toEqual(both);
    expect(name([get('/apis/a-b.example.com/v1/x', 'x'), get('/apis/ab.example.com/v1/x', 'x')])).toEqual({
      '/apis/a-b.example.com/v1/x': 'GET /apis/a-b.example.com/v1/x',
      '/apis/ab.example.com/v1/x': 'GET /apis/ab.example.com/v1/x',
    });
  });

  test('is the one of the baseline for its method and path, whatever the names of parameters', () => {
    const other = get('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/', 'listHpa');
    expect(name([other, lookalike], [builtIn])).toEqual({ [other.path]: list, [lookalike.path]: madeName });
    const post = { ...builtIn, method: 'POST' };
    expect(name([post], [builtIn])).toEqual({ [post.path]: `POST ${post.path}` });
    expect(name([get('/api/v1/a', 'moved')], [get('/api/v1/b', 'moved')])).toEqual({ '/api/v1/a': 'GET /api/v1/a' });
    // Another endpoint of the document bears it too, though the baseline calls that one otherwise.
    expect(name([get('/b', 'x'), get('/apis/c.example.com/v1/x', 'x')], [get('/b', 'y')])).toEqual({
      '/b': 'y',
      '/apis/c.example.com/v1/x': 'GET /apis/c.example.com/v1/x',
    });
  });

  test('is the same for all operations of one endpoint', () => {
    const twins = [get('/a/{x}', 'old', true), get('/a/{y}/', 'new'), get('/a/{x}/{path}', 'rest')];
    expect(name(twins)).toEqual({ '/a/{x}': 'new', '/a/{y}/': 'new', '/a/{x}/{path}': 'rest' });
    expect(dropDuplicates(nameEndpoints(twins)).map(({ path }) => path)).toEqual(['/a/{y}/', '/a/{x}/{path}']);
  });

  test('cannot be forged to be the name of another endpoint', () => {
    expect(name([get('/a', 'GET /b'), get('/b', 'x')], [get('/c', 'x')])).toEqual({ '/a': 'GET /a', '/b': 'GET /b' });
  });
});

test('names in random documents are unique, keep those of the baseline, and do not depend on the order', () => {
  const random = createTestRandom();
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const groups = ['apis/apps', 'apis/apps.k8s.io', 'apis/storage.k8s.io', 'apis/sto-rage.k8s.io', 'api', 'apis/a.b'];
  const make = (count: number): ResolvableOperation[] => {
    const made = Array.from({ length: count }, () => {
      const path = `/${pick(groups)}/v1/${pick(['x', 'y', 'x/{name}', 'x/{x}', 'x/{path}'])}${pick(['', '/'])}`;
      const endpoint = pick(['a', 'b', 'c', 'd', 'e', `GET ${path}`, 'GET /api/v1/x']);
      return { ...get(path, endpoint, random() < 0.2), method: pick(['GET', 'POST']) };
    });
    return [...new Map(made.map((one) => [`${one.method} ${one.path}`, one])).values()];
  };
  const identify = ({ method, path }: ResolvableOperation): string => identifyEndpoint(method, path);
  for (let round = 0; round < 500; round += 1) {
    const baseline = dropDuplicates(nameEndpoints(make(round % 8)));
    const operations = make(1 + (round % 12));
    const named = nameEndpoints(operations, baseline);
    const shuffled = operations.map((one) => [random(), one] as const).sort(([a], [b]) => a - b);
    const again = nameEndpoints(
      shuffled.map(([, one]) => one),
      baseline.toReversed(),
    );
    const sort = (all: ResolvableOperation[]): string[] => all.map((one) => JSON.stringify(one)).sort();
    expect(sort(again)).toEqual(sort(named));
    const known = new Map(baseline.map((one) => [identify(one), one.endpoint]));
    const names = new Map(known);
    for (const one of named) names.set(identify(one), known.get(identify(one)) ?? one.endpoint);
    expect(named.map((one) => one.endpoint)).toEqual(named.map((one) => names.get(identify(one))));
    expect(new Set(names.values()).size, JSON.stringify({ baseline, operations })).toBe(names.size);
  }
});
