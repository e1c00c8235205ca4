function describeOperation(operationId: string, group: string, kind: string) {
  return {
    operationId,
    description: `list objects of kind ${kind}`,
    tags: [group === '' ? 'core_v1' : 'shopExampleCom_v1'],
    'x-kubernetes-action': 'list',
    'x-kubernetes-group-version-kind': { group, kind, version: 'v1' },
  };
}

/** The endpoint that lists pods by every document of this file. */
export const podEndpoint = 'listCoreV1NamespacedPod';

/** The part of a cluster's OpenAPI document that resolves requests for pods, and for so many custom resources. */
export function makeDocument(widgets = 0): object {
  const paths: Record<string, object> = {
    '/api/v1/namespaces/{namespace}/pods': { get: describeOperation(podEndpoint, '', 'Pod') },
  };
  for (let number = 0; number < widgets; number++) {
    const path = `/apis/shop.example.com/v1/namespaces/{namespace}/widgets${number}`;
    paths[path] = { get: describeOperation(widgetEndpoint(number), 'shop.example.com', `Widget${number}`) };
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths };
}

export function widgetEndpoint(number: number): string {
  return `listShopExampleComV1NamespacedWidget${number}`;
}

/** What lists the custom resources of that number. */
export function widgetPath(number: number): string {
  return `/apis/shop.example.com/v1/namespaces/default/widgets${number}`;
}
