import { isParameter, isRestParameter, type ResolvableOperation } from './endpoint-trie.ts';
import { isMadeName, nameOperation } from './openapi-document.ts';
import { splitPath } from './path-segments.ts';

/**
 * The identity of an endpoint: its method and path. The names of parameters and the slashes at either end do not count;
 * a parameter that takes the rest of the path is another one than a parameter for one segment.
 */
export function identifyEndpoint(method: string, path: string): string {
  const segments = splitPath(path);
  const kept = segments.map((segment, index) => {
    if (index === segments.length - 1 && isRestParameter(segment)) return '{path}';
    return isParameter(segment) ? '{}' : segment;
  });
  return `${method} /${kept.join('/')}`;
}

/**
 * Names the operations of a document. An endpoint is its method and path; its name is only a label, and two of them may
 * claim one: kube-apiserver makes operationIds from groups without `.k8s.io` and punctuation, so a custom resource of
 * `autoscaling.k8s.io` bears the operationIds of `autoscaling`. The order of the operations does not matter:
 *
 * - An operation of the baseline, by method and path, has the baseline's name, whatever the document calls it.
 * - Any other one keeps its operationId when neither the baseline nor another endpoint of the document has it.
 * - Of several endpoints with one operationId the only one that Kubernetes itself serves keeps it: the others took the
 *   name from it. Where that tells none or several, nothing tells whose the name is, and it names none of them.
 * - All others are named by method and path, as an operation without an operationId.
 *
 * Operations that are one endpoint have one name. Names are unique otherwise.
 *
 * @param operations with the names that their document gives them
 * @param baseline operations that are named already, each with a name of its own
 */
export function nameEndpoints<T extends ResolvableOperation>(
  operations: readonly T[],
  baseline: Iterable<ResolvableOperation> = [],
): T[] {
  const known = [...baseline];
  const named = mapEndpoints(known);
  const taken = new Map<string, string>();
  for (const { endpoint, method, path } of known) taken.set(endpoint, identifyEndpoint(method, path));
  const identities = operations.map(({ method, path }) => identifyEndpoint(method, path));
  const first = new Map<string, T>();
  const claims = new Map<string, Map<string, T>>();
  for (const [index, operation] of operations.entries()) {
    const identity = identities[index] ?? '';
    keepFirst(first, identity, operation);
    const claimants = claims.get(operation.endpoint) ?? new Map<string, T>();
    claimants.set(identity, operation);
    claims.set(operation.endpoint, claimants);
  }
  const labels = new Map<string, string>();
  for (const [identity, operation] of first) {
    const { endpoint, method, path } = operation;
    const inBaseline = named.get(identity)?.endpoint;
    if (inBaseline !== undefined) {
      // A baseline that is known from its coverage alone may have two names for one method and path.
      labels.set(identity, taken.get(endpoint) === identity ? endpoint : inBaseline);
      continue;
    }
    const keepsName =
      !taken.has(endpoint) && !isMadeName(endpoint) && findOwner(claims.get(endpoint) ?? new Map()) === identity;
    labels.set(identity, keepsName ? endpoint : nameOperation(method, path));
  }
  return operations.map((operation, index) => {
    const endpoint = labels.get(identities[index] ?? '') ?? operation.endpoint;
    return endpoint === operation.endpoint ? operation : { ...operation, endpoint };
  });
}

/** One operation for each endpoint, by its identity: of several the one that requests resolve to. */
export function mapEndpoints<T extends ResolvableOperation>(operations: readonly T[]): Map<string, T> {
  const first = new Map<string, T>();
  for (const operation of operations) {
    keepFirst(first, identifyEndpoint(operation.method, operation.path), operation);
  }
  return first;
}

/** The same in the order of the operations. */
export function dropTwins<T extends ResolvableOperation>(operations: readonly T[]): T[] {
  const kept = new Set(mapEndpoints(operations).values());
  return operations.filter((operation) => kept.has(operation));
}

/**
 * The operationIds that tell nothing, since several endpoints claim them and none bears one.
 * @param named the same operations, named by {@link nameEndpoints}
 */
export function findSharedNames(
  operations: readonly ResolvableOperation[],
  named: readonly ResolvableOperation[],
): string[] {
  const borne = new Set(named.map(({ endpoint }) => endpoint));
  const given = operations.map(({ endpoint }) => endpoint);
  return [...new Set(given.filter((endpoint) => !isMadeName(endpoint) && !borne.has(endpoint)))].sort();
}

/** Of several operations that are one endpoint the one that is not deprecated counts, then the first by path and name. */
function keepFirst<T extends ResolvableOperation>(first: Map<string, T>, identity: string, operation: T): void {
  const known = first.get(identity);
  if (!known || rank(operation) < rank(known)) first.set(identity, operation);
}

function rank({ deprecated, path, endpoint }: ResolvableOperation): string {
  return `${deprecated ? 1 : 0} ${path} ${endpoint}`;
}

/** Whose a name is, by identity; null when nothing tells. */
function findOwner(claimants: ReadonlyMap<string, ResolvableOperation>): string | null {
  const identities = [...claimants.keys()];
  const own = identities.length > 1 ? identities.filter((one) => isOfKubernetes(claimants.get(one)?.path)) : identities;
  return own.length === 1 ? (own[0] ?? null) : null;
}

/** The groups with a dot that kube-apiserver serves itself, those of past releases included. */
const ownGroups = new Set(
  [
    'admissionregistration',
    'apiextensions',
    'apiregistration',
    'auditregistration',
    'authentication',
    'authorization',
    'certificates',
    'coordination',
    'discovery',
    'events',
    'flowcontrol.apiserver',
    'internal.apiserver',
    'lifecycle',
    'networking',
    'node',
    'rbac.authorization',
    'resource',
    'scheduling',
    'settings',
    'storage',
    'storagemigration',
  ].map((group) => `${group}.k8s.io`),
);

/**
 * Whether Kubernetes itself serves a path. The group of a custom resource has a dot (Kubernetes:
 * staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go).
 */
function isOfKubernetes(path = ''): boolean {
  const [root, group = ''] = splitPath(path, 3);
  return root !== 'apis' || !group.includes('.') || ownGroups.has(group);
}
