import { expect, test } from 'vitest';
import { readDocument } from '../../../../src/gate/sources/documents/openapi.ts';

const signal = new AbortController().signal;

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names:
    plural: widgets
    kind: Widget
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
  - name: v1alpha1
    served: false
    storage: false
`;

function read(files: Readonly<Record<string, string>>) {
  const named = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  return readDocument({ name: 'crds', files: named, git: null }, signal);
}

test('a CRD is the endpoints of its served versions', async () => {
  const { endpoints, notes } = await read({ 'crds/widgets.yaml': crd });
  expect(
    endpoints.map(({ method, path, endpoint, level }) => `${method} ${path} ${endpoint} ${level}`),
  ).toMatchInlineSnapshot(`
    [
      "GET /apis/example.com/v1/widgets listExampleComV1WidgetForAllNamespaces stable",
      "GET /apis/example.com/v1/namespaces/{namespace}/widgets listExampleComV1NamespacedWidget stable",
      "POST /apis/example.com/v1/namespaces/{namespace}/widgets createExampleComV1NamespacedWidget stable",
      "DELETE /apis/example.com/v1/namespaces/{namespace}/widgets deleteExampleComV1CollectionNamespacedWidget stable",
      "GET /apis/example.com/v1/namespaces/{namespace}/widgets/{name} readExampleComV1NamespacedWidget stable",
      "PUT /apis/example.com/v1/namespaces/{namespace}/widgets/{name} replaceExampleComV1NamespacedWidget stable",
      "DELETE /apis/example.com/v1/namespaces/{namespace}/widgets/{name} deleteExampleComV1NamespacedWidget stable",
      "PATCH /apis/example.com/v1/namespaces/{namespace}/widgets/{name} patchExampleComV1NamespacedWidget stable",
      "GET /apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status readExampleComV1NamespacedWidgetStatus stable",
      "PUT /apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status replaceExampleComV1NamespacedWidgetStatus stable",
      "PATCH /apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status patchExampleComV1NamespacedWidgetStatus stable",
    ]
  `);
  expect(endpoints[0]).toMatchObject({ category: 'exampleCom', group: 'example.com', version: 'v1', kind: 'Widget' });
  expect(notes).toEqual(['Its endpoints are those that a kube-apiserver serves for 1 CRD.']);
});

test('other manifests are skipped, and a CRD in two files is noted', async () => {
  const { endpoints, notes } = await read({
    'crds/a.yaml': `---\n${crd}---\nkind: ConfigMap\napiVersion: v1\n`,
    'crds/kustomization.yaml': 'resources: [a.yaml]\n',
    'crds/z.yaml': crd.replace('status: {}', 'scale: {specReplicasPath: .a, statusReplicasPath: .b}'),
  });
  expect(endpoints.map(({ path }) => path)).toContain(
    '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale',
  );
  expect(notes).toEqual([
    'CRD widgets.example.com is in crds/a.yaml and crds/z.yaml: both are read.',
    'Manifests that are not CRDs, skipped: 2.',
    'Its endpoints are those that a kube-apiserver serves for 2 CRDs.',
  ]);
});

test.for<[string, string]>([
  ['of an old version', crd.replace('io/v1', 'io/v1beta1')],
  ['without a version', crd.slice(0, crd.indexOf('  versions:'))],
  ['cut in a version', crd.slice(0, crd.indexOf('    served: true'))],
  ['cut in a name', crd.slice(0, crd.indexOf('    kind: Widget'))],
  ['without a scope', crd.replace('Namespaced', '')],
  ['with a number as a group', crd.replace('group: example.com', 'group: 12')],
  ['that is a template', crd.replace('widgets.example.com', '{{ .Values.name }}: {{')],
  ['that is not a CRD', 'kind: ConfigMap\napiVersion: v1\n'],
  ['that stores no version', crd.replace('storage: true', 'storage: false')],
  ['cut in a subresource', crd.slice(0, crd.indexOf(' {}'))],
  ['cut before a subresource', crd.slice(0, crd.indexOf('      status'))],
  ['that is a YAML bomb', `a: &a [x]\nb: [${'*a,'.repeat(30)}]\n`],
])('a manifest %s is a problem', async ([, text]) => {
  await expect(read({ 'crds/widgets.yaml': text })).rejects.toThrowErrorMatchingSnapshot();
});
