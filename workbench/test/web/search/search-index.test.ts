import { expect, test } from 'vitest';
import { createIndex, type SearchEntry, searchIndex } from '../../../web/src/search/search-index.ts';

const entry = (what: SearchEntry['what'], title: string, about = ''): SearchEntry => ({
  what,
  title,
  about,
  place: {},
});
const index = createIndex([
  entry('test', '[sig-node] Pods should list pods in Podinfo'),
  entry('endpoint', 'listCoreV1PodForAllNamespaces', 'GET /api/v1/pods'),
  entry('endpoint', 'listCoreV1NamespacedPod', 'GET /api/v1/namespaces/{namespace}/pods'),
  entry('endpoint', 'createCoreV1NamespacedTripod', 'POST /x'),
  entry('kind', 'Pod', 'stable, core'),
  entry('kind', 'PodTemplate', 'stable, core'),
  entry('run', '2f1c', 'passed, pods.ts'),
]);
const find = (text: string, limit = 10) => searchIndex(index, text, limit).results.map(({ title }) => title);

test('finds the best entries first', () => {
  expect(find('pod')).toEqual([
    'Pod',
    'PodTemplate',
    'listCoreV1NamespacedPod',
    'listCoreV1PodForAllNamespaces',
    '[sig-node] Pods should list pods in Podinfo',
    'createCoreV1NamespacedTripod',
    '2f1c',
  ]);
});

test('finds entries that contain all words', () => {
  expect(find('list POD')).toEqual([
    'listCoreV1NamespacedPod',
    'listCoreV1PodForAllNamespaces',
    '[sig-node] Pods should list pods in Podinfo',
  ]);
  expect(find('passed pods.ts')).toEqual(['2f1c']);
  expect(find('')).toEqual([]);
  expect(find('<script>'.repeat(10_000))).toEqual([]);
});

test('counts what it does not list', () => {
  expect(searchIndex(index, 'pod', 2)).toMatchObject({
    found: 7,
    results: [{ title: 'Pod' }, { title: 'PodTemplate' }],
  });
});
