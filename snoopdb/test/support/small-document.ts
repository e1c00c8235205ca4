const core = { tags: ['core_v1'] };
const pod = { ...core, 'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' } };

function connect(method: string) {
  return { ...core, operationId: `connect${method}PodProxyPath`, 'x-kubernetes-action': 'connect' };
}

/** A document of a few paths that has every shape the rules speak of. */
export const smallDocument = {
  swagger: '2.0',
  paths: {
    '/version/': { get: { operationId: 'getCodeVersion', tags: ['version'] } },
    '/logs/': { get: { operationId: 'logFileListHandler', tags: ['logs'] } },
    '/logs/{logpath}': { get: { operationId: 'logFileHandler', tags: ['logs'] } },
    '/openid/v1/jwks/': { get: { operationId: 'getServiceAccountIssuerOpenIDKeyset', tags: ['openid'] } },
    '/api/': { get: { operationId: 'getCoreAPIVersions', tags: ['core'] } },
    '/api/v1/': { get: { operationId: 'getCoreV1APIResources', ...core } },
    '/api/v1/pods': { get: { operationId: 'listPodForAllNamespaces', ...pod, 'x-kubernetes-action': 'list' } },
    '/api/v1/watch/pods': {
      get: { operationId: 'watchPodListForAllNamespaces', ...pod, description: 'watch changes. deprecated: use list' },
    },
    '/api/v1/namespaces/{name}': { get: { operationId: 'readNamespace', ...core } },
    '/api/v1/namespaces/{name}/status': { get: { operationId: 'readNamespaceStatus', ...core } },
    '/api/v1/namespaces/{name}/finalize': { put: { operationId: 'replaceNamespaceFinalize', ...core } },
    '/api/v1/namespaces/{namespace}/pods': {
      get: { operationId: 'listNamespacedPod', ...pod, 'x-kubernetes-action': 'list' },
      post: { operationId: 'createNamespacedPod', ...pod, 'x-kubernetes-action': 'post' },
      delete: { operationId: 'deleteCollectionNamespacedPod', ...pod, 'x-kubernetes-action': 'deletecollection' },
    },
    '/api/v1/namespaces/{namespace}/pods/{name}': {
      parameters: [{ name: 'name', in: 'path' }],
      get: { operationId: 'readNamespacedPod', ...pod },
      put: { operationId: 'replaceNamespacedPod', ...pod },
      patch: { operationId: 'patchNamespacedPod', ...pod },
      delete: { operationId: 'deleteNamespacedPod', ...pod },
    },
    '/api/v1/namespaces/{namespace}/pods/{name}/exec': {
      get: { operationId: 'connectGetPodExec', ...core, 'x-kubernetes-action': 'connect' },
      post: { operationId: 'connectPostPodExec', ...core, 'x-kubernetes-action': 'connect' },
    },
    '/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}': {
      get: connect('Get'),
      head: connect('Head'),
      options: connect('Options'),
      post: connect('Post'),
    },
    // A literal that leads to nothing where the parameter goes on.
    '/apis/example.com/v1/things/special/only': { get: { operationId: 'readSpecialOnly', tags: ['example_v1'] } },
    '/apis/example.com/v1/things/{name}': { get: { operationId: 'readThing', tags: ['example_v1'] } },
    '/apis/example.com/v1/things/{name}/status': { get: { operationId: 'readThingStatus', tags: ['example_v1'] } },
    '/apis/example.com/': { get: { operationId: 'getExampleAPIGroup', tags: ['example'] } },
    '/apis/early.example.com/': { get: { operationId: 'getEarlyAPIGroup', tags: ['earlyExample'] } },
    '/apis/early.example.com/v1alpha1/eggs': {
      get: { operationId: 'listEgg', tags: ['earlyExample_v1alpha1'] },
      post: {
        operationId: 'createEgg',
        tags: ['earlyExample_v1alpha1'],
        description: 'Deprecated: lay them elsewhere',
      },
    },
    '/apis/early.example.com/v1beta2/eggs': { get: { operationId: 'listBetaEgg', tags: ['earlyExample_v1beta2'] } },
  },
};

/** The small document with the operations of a custom resource more. */
export const documentWithWidgets = {
  ...smallDocument,
  paths: {
    ...smallDocument.paths,
    '/apis/shop.example.com/v1/namespaces/{namespace}/widgets': {
      get: { operationId: 'listShopExampleComV1NamespacedWidget', tags: ['shopExampleCom_v1'] },
      post: { operationId: 'createShopExampleComV1NamespacedWidget', tags: ['shopExampleCom_v1'] },
    },
  },
};
