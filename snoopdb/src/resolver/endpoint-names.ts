import { isParameter, isRestParameter, type ResolvableOperation } from './endpoint-trie.ts';
import { isGeneratedName, generateName } from './openapi-document.ts';
import { splitPath } from './path-segments.ts';

/**
 * The identity of an endpoint: its method and path. Names of parameters and slashes at either end do not count. A
 * parameter that takes the rest of the path differs from a parameter for one segment.
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
 * Gives each operation of a document a unique name. An endpoint is its method and path; the name is only a label, and
 * two endpoints may claim the same one: kube-apiserver builds operationIds from groups without `.k8s.io` and
 * punctuation, so a custom resource of `autoscaling.k8s.io` gets the operationIds of `autoscaling`. The order of the
 * operations does not matter:
 *
 * - An operation of the baseline, by method and path, gets the baseline's name.
 * - Any other operation keeps its operationId if neither the baseline nor another endpoint of the document has it.
 * - If several endpoints claim one operationId, the only one that Kubernetes itself serves keeps it. If there is none,
 * or there are several, no endpoint keeps it.
 * - All others are named by method and path, like an operation without an operationId.
 *
 * Operations with the same method and path get the same name.
 *
 * @param operations with the names that their document gives them
 * @param baseline operations that already have unique names
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
    keepPreferred(first, identity, operation);
    const claimants = claims.get(operation.endpoint) ?? new Map<string, T>();
    claimants.set(identity, operation);
    claims.set(operation.endpoint, claimants);
  }
  const labels = new Map<string, string>();
  for (const [identity, operation] of first) {
    const { endpoint, method, path } = operation;
    const inBaseline = named.get(identity)?.endpoint;
    if (inBaseline !== undefined) {
      // A baseline known only from its coverage may have two names for one method and path.
      labels.set(identity, taken.get(endpoint) === identity ? endpoint : inBaseline);
      continue;
    }
    const keepsName =
      !taken.has(endpoint) && !isGeneratedName(endpoint) && findOwner(claims.get(endpoint) ?? new Map()) === identity;
    labels.set(identity, keepsName ? endpoint : generateName(method, path));
  }
  return operations.map((operation, index) => {
    const endpoint = labels.get(identities[index] ?? '') ?? operation.endpoint;
    return endpoint === operation.endpoint ? operation : { ...operation, endpoint };
  });
}

/** The operations by identity. Of several with the same identity, the one that requests resolve to. */
export function mapEndpoints<T extends ResolvableOperation>(operations: readonly T[]): Map<string, T> {
  const first = new Map<string, T>();
  for (const operation of operations) {
    keepPreferred(first, identifyEndpoint(operation.method, operation.path), operation);
  }
  return first;
}

/** Removes operations with the identity of another, as {@link mapEndpoints} does; keeps the order. */
export function dropDuplicates<T extends ResolvableOperation>(operations: readonly T[]): T[] {
  const kept = new Set(mapEndpoints(operations).values());
  return operations.filter((operation) => kept.has(operation));
}

/**
 * The operationIds that several endpoints claim and none has as its name.
 * @param named the same operations, named by {@link nameEndpoints}
 */
export function findSharedNames(
  operations: readonly ResolvableOperation[],
  named: readonly ResolvableOperation[],
): string[] {
  const used = new Set(named.map(({ endpoint }) => endpoint));
  const given = operations.map(({ endpoint }) => endpoint);
  return [...new Set(given.filter((endpoint) => !isGeneratedName(endpoint) && !used.has(endpoint)))].sort();
}

/** Of operations with one identity, prefers one that is not deprecated, then the first by path and name. */
function keepPreferred<T extends ResolvableOperation>(first: Map<string, T>, identity: string, operation: T): void {
  const known = first.get(identity);
  if (!known || rank(operation) < rank(known)) first.set(identity, operation);
}

function rank({ deprecated, path, endpoint }: ResolvableOperation): string {
  return `${deprecated ? 1 : 0} ${path} ${endpoint}`;
}

/** The identity that owns a name; null if undecided. */
function findOwner(claimants: ReadonlyMap<string, ResolvableOperation>): string | null {
  const identities = [...claimants.keys()];
  const own =
    identities.length > 1 ? identities.filter((one) => isServedByKubernetes(claimants.get(one)?.path)) : identities;
  return own.length === 1 ? (own[0] ?? null) : null;
}

/** The groups with a dot that kube-apiserver itself serves or served. */
const kubernetesGroups = new Set(
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
 * Whether Kubernetes itself serves a path. The group of a custom resource always has a dot (Kubernetes:
 * staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go).
 */
function isServedByKubernetes(path = ''): boolean {
  const [root, group = ''] = splitPath(path, 3);
  return root !== 'apis' || !group.includes('.') || kubernetesGroups.has(group);
}
