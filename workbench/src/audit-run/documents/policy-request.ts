import type { DocumentedOperation } from '@snoop/snoopdb';

/** What of an operation decides how the requests for it look. */
export type RequestedOperation = Pick<DocumentedOperation, 'endpoint' | 'method' | 'path' | 'action' | 'deprecated'>;

/** What an audit policy sees of a request. */
export interface PolicyRequest {
  readonly verb: string;
  readonly path: string;
  /** Whether it has the stage ResponseStarted. */
  readonly isLong: boolean;
  /** null: discovery and others, which are not about resources. */
  readonly resource: {
    /** Empty: core. */
    readonly group: string;
    readonly resource: string;
    /** Empty: none. */
    readonly subresource: string;
    readonly isNamespaced: boolean;
    readonly hasName: boolean;
  } | null;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
/** k8s.io/apiserver/pkg/server/config.go: BasicLongRunningRequestCheck as kube-apiserver calls it. */
const longSubresources = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);
/** Subresources of a namespace, which look like resources in it. */
const namespaceParts = new Set(['status', 'finalize']);

/**
 * Describes the requests for an endpoint, the usual one first: its verb is that of RequestInfo
 * (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go). A watch is a request of a list.
 */
export function describePolicyRequests({ method, path, action }: RequestedOperation): PolicyRequest[] {
  const resource = findResource(path);
  if (resource === null) return [{ verb: method.toLowerCase(), path, isLong: false, resource }];
  const isLong = longSubresources.has(resource.subresource);
  const verb = (verbs[method] ?? '').replace(/^get$/, resource.hasName ? 'get' : 'list');
  if (verb === 'list') {
    return ['list', 'watch'].map((one) => ({ verb: one, path, isLong: one === 'watch', resource }));
  }
  const isCollection = verb === 'delete' && !resource.hasName;
  return [{ verb: isCollection || action === 'deletecollection' ? 'deletecollection' : verb, path, isLong, resource }];
}

function findResource(path: string): PolicyRequest['resource'] {
  const parts = path.split('/').filter(Boolean);
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return null;
  const group = root === 'api' ? '' : (rest.shift() ?? '');
  rest.shift(); // the version
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 1;
  const isInNamespace = isNamespaced && rest[2] !== undefined && !namespaceParts.has(rest[2]);
  const [resource, name, subresource = ''] = isInNamespace ? rest.slice(2) : rest;
  if (resource === undefined) return null;
  return { group, resource, subresource, isNamespaced, hasName: name !== undefined };
}
