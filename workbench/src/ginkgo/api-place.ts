/** What the path of a request names. */
export type ApiPlace = ResourcePlace | { readonly type: 'other'; readonly path: string };

export interface ResourcePlace {
  readonly type: 'resource';
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  readonly namespace: string | null;
  readonly resource: string;
  readonly name: string | null;
  /** With what follows: `status`, `proxy/metrics`. */
  readonly subresource: string | null;
}

/** Subresources of a Namespace (k8s.io/apiserver, requestinfo.go: namespaceSubresources). */
const namespaceSubresources = new Set(['status', 'finalize']);

/** Reads a path as the API server's RequestInfo does. */
export function readPlace(path: string): ApiPlace {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  const other = { type: 'other', path } as const;
  const [root, ...afterRoot] = segments;
  if (root !== 'api' && root !== 'apis') return other;
  const [group = '', ...afterGroup] = root === 'api' ? ['', ...afterRoot] : afterRoot;
  const [version, ...rest] = afterGroup;
  const [first] = rest;
  if (version === undefined || first === undefined || first === 'watch' || first === 'proxy') return other;
  const names = (namespace: string | null, words: readonly string[]): ApiPlace => {
    const [resource = '', name = null, ...sub] = words;
    const subresource = sub.length === 0 ? null : sub.join('/');
    return { type: 'resource', group, version, namespace, resource, name, subresource };
  };
  const [, namespace, next] = rest;
  const isInNamespace = first === 'namespaces' && namespace !== undefined && next !== undefined;
  return isInNamespace && !namespaceSubresources.has(next) ? names(namespace, rest.slice(2)) : names(null, rest);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `v1`, `apps/v1`. */
export function formatGroupVersion({ group, version }: Pick<ResourcePlace, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
