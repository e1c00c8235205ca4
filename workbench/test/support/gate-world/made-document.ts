/** An operation of an OpenAPI document, as far as the gate reads it. */
export interface MadeOperation {
  operationId?: string;
  description?: string;
  tags?: string[];
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}

export type MadePaths = Record<string, Record<string, MadeOperation>>;

export interface MadeDocument {
  swagger: '2.0';
  info: { title: string; version: string };
  paths: MadePaths;
}

/** A kind, with the eleven operations and four deprecated watches that Kubernetes gives a namespaced one with a status. */
export interface MadeKind {
  /** Empty: core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

/** Creates a document with the kinds' operations and the discovery of their groups. */
export function makeDocument(kinds: readonly MadeKind[]): MadeDocument {
  const paths: MadePaths = {};
  for (const kind of kinds) Object.assign(paths, listDiscovery(kind), listOperations(kind));
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths };
}

/** `apps` and `v1` as in operationIds: `AppsV1`; `thing.k8s.io` is `Thing`. */
export function nameGroup({ group, version }: Pick<MadeKind, 'group' | 'version'>): string {
  return `${capitalize(group === '' ? 'core' : (group.split('.')[0] ?? ''))}${capitalize(version)}`;
}

function listDiscovery({ group, version }: MadeKind): MadePaths {
  const name = nameGroup({ group, version });
  const tag = name.slice(0, -version.length).toLowerCase();
  const root = group === '' ? '/api/' : `/apis/${group}/`;
  const ofGroup = group === '' ? 'getCoreAPIVersions' : `get${name.slice(0, -version.length)}APIGroup`;
  return {
    [root]: { get: { operationId: ofGroup, description: 'get information of a group', tags: [tag] } },
    [`${root}${version}/`]: {
      get: {
        operationId: `get${name}APIResources`,
        description: 'get available resources',
        tags: [`${tag}_${version}`],
      },
    },
  };
}

function listOperations({ group, version, kind, plural }: MadeKind): MadePaths {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const name = nameGroup({ group, version });
  const all = `${root}/namespaces/{namespace}/${plural}`;
  const operation = (
    action: string,
    prefix: string,
    suffix = '',
    description = `${action} a ${kind}`,
  ): MadeOperation => ({
    operationId: `${prefix}${suffix}`,
    description,
    tags: [`${name.slice(0, -version.length).toLowerCase()}_${version}`],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  });
  const watch = "deprecated: use the 'watch' parameter with a list operation instead.";
  return {
    [`${root}/${plural}`]: { get: operation('list', `list${name}${kind}`, 'ForAllNamespaces') },
    [all]: {
      get: operation('list', `list${name}Namespaced`, kind),
      post: operation('post', `create${name}Namespaced`, kind),
      delete: operation('deletecollection', `delete${name}CollectionNamespaced`, kind),
    },
    [`${all}/{name}`]: {
      get: operation('get', `read${name}Namespaced`, kind),
      put: operation('put', `replace${name}Namespaced`, kind),
      patch: operation('patch', `patch${name}Namespaced`, kind),
      delete: operation('delete', `delete${name}Namespaced`, kind),
    },
    [`${all}/{name}/status`]: {
      get: operation('get', `read${name}Namespaced`, `${kind}Status`),
      put: operation('put', `replace${name}Namespaced`, `${kind}Status`),
      patch: operation('patch', `patch${name}Namespaced`, `${kind}Status`),
    },
    [`${root}/watch/${plural}`]: { get: operation('watchlist', `watch${name}${kind}`, 'ListForAllNamespaces', watch) },
    [`${root}/watch/namespaces/{namespace}/${plural}`]: {
      get: operation('watchlist', `watch${name}Namespaced`, `${kind}List`, watch),
    },
    [`${root}/watch/namespaces/{namespace}/${plural}/{name}`]: {
      get: operation('watch', `watch${name}Namespaced`, kind, watch),
    },
  };
}

function capitalize(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
