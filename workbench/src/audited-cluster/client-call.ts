/** An endpoint of an OpenAPI document. */
export interface CalledEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  /** Empty for core; null for discovery. */
  readonly group: string | null;
  readonly version: string | null;
  readonly kind: string | null;
}

/** How a live test calls an endpoint. */
export interface ClientCall {
  /** The class of `@kubernetes/client-node`; null when no generated method exists. */
  readonly client: string | null;
  /** The line that creates the client; null when `cluster` itself is called. */
  readonly setup: string | null;
  readonly import: string | null;
  /** The call, an expression that returns a promise. */
  readonly call: string;
}

/** A generated client method, named by the generator's rules. */
export interface GeneratedMethod {
  readonly client: string;
  readonly name: string;
  /** Its required parameters: those of the path, and the body if the request must have one. */
  readonly parameters: readonly string[];
}

/**
 * Describes how to call an endpoint in TypeScript: with a generated client, else the object API, else a raw request.
 *
 * @param hasMethod whether a class of the installed client has a method; see {@link loadClientMethods}
 */
export function describeCall(
  endpoint: CalledEndpoint,
  hasMethod: (client: string, method: string) => boolean,
): ClientCall {
  const generated = deriveMethod(endpoint);
  if (generated === null || !hasMethod(generated.client, generated.name)) {
    return { client: null, setup: null, import: null, call: callObjects(endpoint) ?? callRaw(endpoint) };
  }
  const { client, name, parameters } = generated;
  const variable = lowerFirst(client.replace(/(?:V\d+(?:(?:alpha|beta)\d+)?)?Api$/, ''));
  const given = parameters.length === 0 ? '' : `{ ${parameters.join(', ')} }`;
  return {
    client,
    setup: `const ${variable} = cluster.client(${client});`,
    import: `import { ${client} } from '@kubernetes/client-node';`,
    call: `${variable}.${name}(${given})`,
  };
}

/** Loads the methods of the installed `@kubernetes/client-node`; its import takes half a second. */
export async function loadClientMethods(): Promise<(client: string, method: string) => boolean> {
  const exported: Record<string, unknown> = await import('@kubernetes/client-node');
  return (client, method) => {
    const found = Object.hasOwn(exported, client) ? exported[client] : undefined;
    return typeof found === 'function' && Object.hasOwn(found.prototype, method);
  };
}

/** A field of a generated class. */
export interface ModelField {
  /** In TypeScript: `_default`. */
  readonly name: string;
  /** In JSON: `default`. */
  readonly baseName: string;
  /** `string`, `Date`, `Array<V1Container>`, `{ [key: string]: string; }`, … */
  readonly type: string;
}

/** Loads the generated classes; null: the installed `@kubernetes/client-node` has no such class. */
export async function loadClientModels(): Promise<(type: string) => readonly ModelField[] | null> {
  const exported: Record<string, unknown> = await import('@kubernetes/client-node');
  return (type) => {
    const found: unknown = Object.hasOwn(exported, type) ? exported[type] : undefined;
    if (typeof found !== 'function' || !('attributeTypeMap' in found)) return null;
    return found.attributeTypeMap as readonly ModelField[];
  };
}

/**
 * Derives class and method as the generator does: the class from the operation's tag, which follows from the path;
 * the method is the operationId without the tag.
 * https://github.com/kubernetes-client/gen/blob/master/openapi/preprocess_spec.py (strip_tags_from_operation_id)
 *
 * @returns null for a path without a class, such as a custom resource's
 */
export function deriveMethod({
  endpoint,
  method,
  path,
}: Pick<CalledEndpoint, 'endpoint' | 'method' | 'path'>): GeneratedMethod | null {
  const tag = deriveTag(path);
  if (tag === null) return null;
  const name = lowerFirst(endpoint.replace(tag, ''));
  const connects = endpoint.startsWith('connect');
  const parameters = listParameters(path);
  if (!connects && ['POST', 'PUT', 'PATCH'].includes(method)) parameters.push('body');
  return { client: `${tag}Api`, name, parameters };
}

/** Kubernetes groups without a domain; `apps.k8s.io` would be a different group. */
const bareGroups = new Set(['apps', 'autoscaling', 'batch', 'extensions', 'policy']);

function deriveTag(path: string): string | null {
  const [root = '', first = '', second = ''] = path.split('/').filter((segment) => segment !== '');
  if (root === 'api') return `Core${upperFirst(first)}`;
  if (root !== 'apis') {
    return { version: 'Version', logs: 'Logs', '.well-known': 'WellKnown', openid: 'Openid' }[root] ?? null;
  }
  if (first === '') return 'Apis';
  const group = first.replace(/\.k8s\.io$/, '');
  const isBuiltIn = group === first ? bareGroups.has(group) : !bareGroups.has(group);
  return isBuiltIn ? `${group.split('.').map(upperFirst).join('')}${upperFirst(second)}` : null;
}

function listParameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].flatMap(([, name]) => name ?? []);
}

/** The object API serves whole objects of every group with a kind, single or as a list. */
function callObjects({ endpoint, method, path, group, version, kind }: CalledEndpoint): string | null {
  if (kind === null || version === null || path.includes('/watch/')) return null;
  const segments = path.split('/').filter((segment) => segment !== '');
  const place = segments.slice(group === null || group === '' ? 2 : 3);
  const inNamespace = place[0] === 'namespaces' && place.length > 2;
  const rest = inNamespace ? place.slice(2) : place;
  const apiVersion = group === null || group === '' ? version : `${group}/${version}`;
  const namespaced = inNamespace ? ', namespace' : '';
  const isCollection = rest.length === 1;
  if (isCollection && method === 'GET') return `cluster.objects().list('${apiVersion}', '${kind}'${namespaced})`;
  const isObject = rest.length === 2 && rest[1]?.startsWith('{') === true;
  const verbs: Readonly<Record<string, string>> = isCollection
    ? { POST: 'create' }
    : { GET: 'read', PUT: 'replace', PATCH: 'patch', DELETE: 'delete' };
  const verb = isCollection || isObject ? verbs[method] : undefined;
  if (verb === undefined || endpoint.startsWith('connect')) return null;
  const more = verb === 'read' || verb === 'delete' ? '' : ', …';
  return `cluster.objects().${verb}({ apiVersion: '${apiVersion}', kind: '${kind}', metadata: { name${namespaced} }${more} })`;
}

function callRaw({ method, path }: CalledEndpoint): string {
  const hasParameters = path.includes('{');
  const text = hasParameters ? `\`${path.replaceAll('{', '${')}\`` : `'${path}'`;
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? ', body' : '';
  return `cluster.request({ method: '${method}', path: ${text}${body} })`;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
