import { deriveMethod, lowerFirst } from '../audited-cluster/client-call.ts';
import type { Operation } from './api-document.ts';
import { formatApiVersion } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';
import { placeholder, quote } from './source-text.ts';

/** How a written test sends a request. */
export interface WrittenCall {
  /** `generated` and `objects` throw on an error; `raw` returns its status. */
  readonly style: 'generated' | 'objects' | 'raw';
  /** The function. */
  readonly callee: string;
  /** Each fits one line. */
  readonly args: readonly string[];
}

export interface CallOptions {
  /** An expression for the object's name; default: the constant `name`. */
  readonly name?: string;
  /** An expression for the body; default: the constant `body`. */
  readonly body?: string;
  /** Whether to select by the label. */
  readonly selects?: boolean;
}

/** What the calls of a test need at its beginning. */
export interface CallNeeds {
  /** Names to import from the client library. */
  readonly imports: Set<string>;
  /** Lines at the beginning of the test, by what they define. */
  readonly setup: Map<string, string>;
  /** Constants at the top of the file. */
  readonly constants: Map<string, string>;
}

/** Chooses the calls of one test: generated clients first, then the object API, then requests as written. */
export function createCaller(
  kind: ServedKind,
  hasMethod: (client: string, method: string) => boolean,
  needs: CallNeeds,
): (operation: Operation, options?: CallOptions) => WrittenCall {
  return (operation, options = {}) =>
    callGenerated(operation, options, hasMethod, needs) ??
    callObjects(kind, operation, options, needs) ??
    callRaw(operation, options);
}

function callGenerated(
  operation: Operation,
  { name = 'name', body = 'body', selects = false }: CallOptions,
  hasMethod: (client: string, method: string) => boolean,
  { imports, setup, constants }: CallNeeds,
): WrittenCall | null {
  const method = deriveMethod(operation);
  if (method === null || !hasMethod(method.client, method.name)) return null;
  const variable = lowerFirst(method.client.replace(/(?:V\d+(?:(?:alpha|beta)\d+)?)?Api$/, ''));
  imports.add(method.client);
  setup.set(variable, `const ${variable} = cluster.client(${method.client});`);
  const values: Record<string, string> = { name, body };
  const fields = [...method.parameters, ...(selects ? ['labelSelector'] : [])].map((parameter) => {
    const value = values[parameter] ?? parameter;
    return value === parameter ? parameter : `${parameter}: ${value}`;
  });
  const args = fields.length === 0 ? [] : [`{ ${fields.join(', ')} }`];
  if (operation.method === 'PATCH') {
    imports.add('PatchStrategy').add('setHeaderOptions');
    constants.set('mergePatch', "const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);");
    args.push('mergePatch');
  }
  return { style: 'generated', callee: `${variable}.${method.name}`, args };
}

/** The object API serves whole objects. It has no collections to delete and no subresources. */
function callObjects(
  kind: ServedKind,
  { method, path }: Operation,
  { name = 'name', body = 'body' }: CallOptions,
  { imports, setup }: CallNeeds,
): WrittenCall | null {
  const isObject = path.endsWith(`/${kind.resource}/{name}`);
  if (!isObject && !path.endsWith(`/${kind.resource}`)) return null;
  const verbs: Record<string, string> = isObject
    ? { GET: 'read', PUT: 'replace', PATCH: 'patch', DELETE: 'delete' }
    : { POST: 'create', GET: 'list' };
  const verb = verbs[method];
  if (verb === undefined) return null;
  setup.set('objects', 'const objects = cluster.objects();');
  const place = path.includes('{namespace}') ? ['namespace'] : [];
  if (verb === 'list') {
    return {
      style: 'objects',
      callee: 'objects.list',
      args: [quote(formatApiVersion(kind)), quote(kind.kind), ...place],
    };
  }
  if (verb === 'read' || verb === 'delete') {
    const other = `{ ...identity, metadata: { ${[`name: ${name}`, ...place].join(', ')} } }`;
    return { style: 'objects', callee: `objects.${verb}`, args: [name === 'name' ? 'identity' : other] };
  }
  if (verb !== 'patch') return { style: 'objects', callee: `objects.${verb}`, args: [body] };
  imports.add('PatchStrategy');
  const unused = Array.from({ length: 4 }, () => 'undefined');
  return { style: 'objects', callee: 'objects.patch', args: [body, ...unused, 'PatchStrategy.MergePatch'] };
}

function callRaw(
  { method, path }: Operation,
  { name = 'name', body = 'body', selects = false }: CallOptions,
): WrittenCall {
  const written = path.replaceAll('{name}', `{${name}}`).replaceAll('{', '${');
  const query = selects ? `?labelSelector=${placeholder('labelSelector')}` : '';
  const quoted = written.includes('$') || query !== '' ? `\`${written}${query}\`` : quote(written);
  const isPatch = method === 'PATCH';
  const fields = [
    `method: ${quote(method)}`,
    `path: ${quoted}`,
    ...(isPatch ? ["headers: { 'Content-Type': 'application/merge-patch+json' }"] : []),
    ...(['POST', 'PUT', 'PATCH'].includes(method) ? [body === 'body' ? 'body' : `body: ${body}`] : []),
  ];
  return { style: 'raw', callee: 'cluster.request', args: [`{ ${fields.join(', ')} }`] };
}
