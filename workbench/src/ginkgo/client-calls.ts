import type { Json } from '../new-test/draft.ts';
import { asRecord, asText } from '../new-test/json.ts';
import { formatGroupVersion, type ResourcePlace } from './api-place.ts';
import { commentGo, quoteGo, quoteRaw } from './go-text.ts';
import type { GoClient, GoTypes } from './go-types.ts';
import { formatGo, type GoValue } from './go-value.ts';
import type { Imports } from './imports.ts';
import { type Literals, NotPlainError, isItems } from './literals.ts';
import type { MadeValues } from './made-values.ts';
import type { Call } from './read-calls.ts';
import type { Scope } from './scope.ts';

/** A call of client-go. */
export interface ClientCall {
  /** Statements before it: the object that is sent. */
  readonly before: readonly string[];
  /** The expression. */
  readonly code: string;
  /** The Go type of what it returns besides an error; `dynamic`: unstructured; null: only an error. */
  readonly returns: string | null;
  /** Variable of the client; null: a raw request. */
  readonly client: string | null;
}

/** What a test's calls are written with. */
export interface CallWriter {
  readonly types: GoTypes;
  readonly imports: Imports;
  readonly scope: Scope;
  readonly values: MadeValues;
  readonly literals: Literals;
}

/** Methods of typed clients for subresources whose names do not follow from them. */
const subresourceMethods: Readonly<Record<string, string>> = {
  'create pods/binding': 'Bind',
  'create pods/eviction': 'EvictV1',
  'create serviceaccounts/token': 'CreateToken',
  'update namespaces/finalize': 'Finalize',
  'update pods/ephemeralcontainers': 'UpdateEphemeralContainers',
};

const metav1 = 'k8s.io/apimachinery/pkg/apis/meta/v1';

/**
 * Writes a request as a call of the typed client, else of the dynamic client, else as a raw request.
 *
 * @param object the variable that is sent instead of the request's own body, and whether it may be typed
 */
export function writeClientCall(
  call: Call,
  writer: CallWriter,
  object: { readonly code?: string; readonly isTyped: boolean } = { isTyped: true },
): ClientCall {
  const { place } = call;
  if (place.type === 'other' || call.verb === 'other') return writeRaw(call, writer);
  if (object.isTyped) {
    try {
      const typed = writeTyped(call, place, writer, object.code ?? null);
      if (typed !== null) return typed;
    } catch (error) {
      if (!(error instanceof NotPlainError)) throw error;
    }
  }
  return writeDynamic(call, place, writer, object.code ?? null) ?? writeRaw(call, writer);
}

/** Whether the typed client has the method, so that an object that is read can be sent back. */
export function findTyped(
  call: Call,
  { types }: CallWriter,
): { readonly client: GoClient; readonly method: string } | null {
  const { place } = call;
  if (place.type === 'other') return null;
  const group = types.clients[formatGroupVersion(place)];
  const client =
    group !== undefined && Object.hasOwn(group.resources, place.resource) ? group.resources[place.resource] : undefined;
  if (client === undefined) return null;
  const method = nameMethod(call, place);
  return method !== null && Object.hasOwn(client.methods, method) ? { client, method } : null;
}

function nameMethod({ verb }: Call, { resource, subresource }: ResourcePlace): string | null {
  const plain = verb === 'deletecollection' ? 'DeleteCollection' : upperFirst(verb);
  if (subresource === null || verb === 'patch') return plain;
  if (subresource === 'log' || subresource.startsWith('proxy')) return null;
  return subresourceMethods[`${verb} ${resource}/${subresource}`] ?? `${plain}${upperFirst(subresource)}`;
}

function writeTyped(call: Call, place: ResourcePlace, writer: CallWriter, object: string | null): ClientCall | null {
  const found = findTyped(call, writer);
  if (found === null) return null;
  const { client, method } = found;
  const { literals, scope } = writer;
  const before: string[] = [];
  const args: string[] = [];
  for (const parameter of client.methods[method] ?? []) {
    if (parameter === 'context.Context') args.push('ctx');
    else if (parameter === 'string') args.push(writer.values.name(place.name ?? ''));
    else if (parameter.endsWith('.PatchType')) args.push(patchType(call, writer));
    else if (parameter === '[]uint8') args.push(writePatch(call, writer, before));
    else if (parameter === '[]string') args.push(...(place.subresource === null ? [] : [quoteGo(place.subresource)]));
    else if (/Options$/.test(parameter)) args.push(writeOptions(call, parameter, writer));
    else if (object !== null) args.push(object);
    else {
      const sent = omitTypeMeta(call.body ?? {});
      const value = literals.typed(sent, parameter, '');
      const name = scope.allocate(parameter.slice(parameter.lastIndexOf('.') + 1));
      before.push(`${name} := ${formatGo(value, 0)}`);
      args.push(name);
    }
  }
  const errorOnly = /^(?:Delete|Bind|Evict)/.test(method);
  const variable = declareTypedClient(place, client, writer);
  return {
    before,
    code: `${variable}.${method}(${args.join(', ')})`,
    returns: errorOnly ? null : findResult(client, method),
    client: variable,
  };
}

/** What a method returns: for subresources with their own type, the type that is sent. */
function findResult(client: GoClient, method: string): string {
  const sends = method.startsWith('Get') ? method.replace('Get', 'Update') : method;
  const own = ['Get', 'Watch', 'List'].includes(method)
    ? undefined
    : client.methods[sends]?.find((type) => type.startsWith('*'));
  return own?.slice(1) ?? client.type;
}

/** The Go types say it, and the typed client sends it. */
function omitTypeMeta(body: Json): Json {
  const { apiVersion: _version, kind: _kind, ...rest } = asRecord(body) as Record<string, Json>;
  return rest;
}

function declareTypedClient(place: ResourcePlace, client: GoClient, writer: CallWriter): string {
  const group = writer.types.clients[formatGroupVersion(place)];
  const getter = `f.ClientSet.${group?.getter ?? ''}().${client.getter}`;
  const { code, prefix } = writeNamespace(place, client.namespaced, writer);
  const key = `typed ${formatGroupVersion(place)} ${place.resource} ${code}`;
  return writer.scope.declare(key, `${prefix}${client.getter}Client`, `${getter}(${code})`);
}

function writeNamespace(
  { namespace }: ResourcePlace,
  isNamespaced: boolean,
  { values, imports }: CallWriter,
): { code: string; prefix: string } {
  if (!isNamespaced) return { code: '', prefix: '' };
  if (namespace === null) return { code: `${imports.use(metav1)}.NamespaceAll`, prefix: 'all' };
  return { code: values.namespace(namespace), prefix: '' };
}

function writeDynamic(call: Call, place: ResourcePlace, writer: CallWriter, object: string | null): ClientCall | null {
  const { name, subresource } = place;
  const { values, scope, literals, imports } = writer;
  if (subresource === 'log' || subresource?.startsWith('proxy') === true || subresource?.includes('/') === true)
    return null;
  const before: string[] = [];
  const sub = subresource === null ? [] : [quoteGo(subresource)];
  const options = (type: string): string => writeOptions(call, `${metav1}.${type}`, writer);
  const sent = (): string => {
    if (object !== null) return object;
    const unstructured = imports.use('k8s.io/apimachinery/pkg/apis/meta/v1/unstructured');
    const content = literals.decoded(call.body ?? {}, '', 'int64');
    const variable = scope.allocate(asText(asRecord(call.body).kind) || 'object');
    const value: GoValue = { type: `&${unstructured}.Unstructured`, entries: [{ key: 'Object', value: content }] };
    before.push(`${variable} := ${formatGo(value, 0)}`);
    return variable;
  };
  const written = (): [method: string, args: string[]] | null => {
    switch (call.verb) {
      case 'create':
      case 'update':
        // The dynamic client takes the name from the object.
        if (object === null && name !== null && asText(asRecord(asRecord(call.body).metadata).name) !== name)
          return null;
        return call.verb === 'create'
          ? ['Create', [sent(), options('CreateOptions'), ...sub]]
          : ['Update', [sent(), options('UpdateOptions'), ...sub]];
      case 'get':
        return ['Get', [values.name(name ?? ''), options('GetOptions'), ...sub]];
      case 'patch':
        return [
          'Patch',
          [
            values.name(name ?? ''),
            patchType(call, writer),
            writePatch(call, writer, before),
            options('PatchOptions'),
            ...sub,
          ],
        ];
      case 'delete':
        return ['Delete', [values.name(name ?? ''), options('DeleteOptions'), ...sub]];
      case 'deletecollection':
        return ['DeleteCollection', [options('DeleteOptions'), options('ListOptions')]];
      case 'list':
      case 'watch':
        return [upperFirst(call.verb), [options('ListOptions')]];
      case 'other':
        return null;
    }
  };
  const method = written();
  if (method === null) return null;
  const client = declareDynamicClient(place, writer);
  const returns = /^Delete/.test(method[0]) ? null : 'dynamic';
  return { before, code: `${client}.${method[0]}(ctx, ${method[1].join(', ')})`, returns, client };
}

function declareDynamicClient(place: ResourcePlace, { imports, scope, values }: CallWriter): string {
  const { group, version, resource, namespace } = place;
  const schema = imports.use('k8s.io/apimachinery/pkg/runtime/schema');
  const fields = [`Group: ${quoteGo(group)}`, `Version: ${quoteGo(version)}`, `Resource: ${quoteGo(resource)}`];
  const inNamespace = namespace === null ? '' : `.Namespace(${values.namespace(namespace)})`;
  const code = `f.DynamicClient.Resource(${schema}.GroupVersionResource{${fields.join(', ')}})${inNamespace}`;
  return scope.declare(code, `dynamic ${resource} Client`, code);
}

/** A request that no client of client-go has a method for. */
function writeRaw(call: Call, writer: CallWriter): ClientCall {
  const { method, request_uri: uri } = call.request;
  const { values, imports } = writer;
  const verbs: Readonly<Record<string, string>> = { GET: 'Get()', POST: 'Post()', PUT: 'Put()', DELETE: 'Delete()' };
  const verb = method === 'PATCH' ? `Patch(${patchType(call, writer)})` : (verbs[method] ?? `Verb(${quoteGo(method)})`);
  const [path = ''] = uri.split('?');
  const before: string[] = [];
  const parts = [
    `f.ClientSet.Discovery().RESTClient().${verb}`,
    `AbsPath(${values.find(path, 'path')?.code ?? quoteGo(path)})`,
  ];
  for (const [name, value] of call.query) parts.push(`Param(${quoteGo(name)}, ${writer.literals.text(value, name)})`);
  if (call.body !== undefined && method !== 'GET') {
    if (method !== 'PATCH') parts.push('SetHeader("Content-Type", "application/json")');
    parts.push(`Body(${writePatch(call, writer, before)})`);
  }
  imports.use('context');
  return { before, code: `${parts.join('.')}.DoRaw(ctx)`, returns: '[]uint8', client: null };
}

/** Writes a body as bytes of JSON. */
function writePatch(call: Call, { scope, literals, imports }: CallWriter, before: string[]): string {
  const body = call.body ?? {};
  const name = scope.allocate(call.verb === 'patch' ? 'patch' : 'body');
  const value = literals.decoded(body, '', 'plain');
  const code = formatGo(value, 0);
  const plain = JSON.stringify(body);
  if (!hasVariables(value)) {
    before.push(`${name} := []byte(${quoteRaw(plain)})`);
    return name;
  }
  const json = imports.use('encoding/json');
  before.push(`${name}, err := ${json}.Marshal(${code})`, expectNoError('failed to encode the patch', imports));
  return name;
}

function hasVariables(value: GoValue): boolean {
  if (typeof value === 'string') return /^[a-z]/i.test(value) && !/^(?:true|false|nil)$/.test(value);
  return value.entries.some(({ key, value: item }) => (key !== null && !key.startsWith('"')) || hasVariables(item));
}

export function expectNoError(message: string, imports: Imports): string {
  return `${imports.use('k8s.io/kubernetes/test/e2e/framework')}.ExpectNoError(err, ${quoteGo(message.replaceAll('%', '%%'))})`;
}

/**
 * The patch type, which is not stored: it follows from the body, and for lists from whether the answer has exactly the
 * list that was sent.
 */
function patchType(call: Call, { imports }: CallWriter): string {
  const types = imports.use('k8s.io/apimachinery/pkg/types');
  const { body, query, answer } = call;
  if (isItems(body)) return `${types}.JSONPatchType`;
  const { apiVersion, kind } = asRecord(body);
  if (apiVersion !== undefined && kind !== undefined && query.has('fieldManager')) return `${types}.ApplyPatchType`;
  return mergesLists(body, answer) ? `${types}.StrategicMergePatchType` : `${types}.MergePatchType`;
}

function mergesLists(body: Json | undefined, answer: Json | undefined): boolean {
  if (isItems(body)) return isItems(answer) && answer.length > body.length;
  return Object.entries(asRecord(body)).some(
    ([name, field]) => name.startsWith('$') || mergesLists(field as Json, asRecord(answer)[name] as Json | undefined),
  );
}

/** Parameters that change nothing about what is done. */
const ignored = new Set(['pretty', 'watch']);

function writeOptions(call: Call, type: string, { types, literals }: CallWriter): string {
  const fields = types.types[type];
  const known = new Map((typeof fields === 'object' ? fields : []).map(([json, , fieldType]) => [json, fieldType]));
  const given: Record<string, Json> = {};
  for (const [name, value] of call.query) {
    const fieldType = known.get(name);
    if (fieldType === undefined || ignored.has(name)) continue;
    given[name] = readParameter(value, fieldType);
  }
  if (type.endsWith('.DeleteOptions') && call.body !== undefined) Object.assign(given, omitTypeMeta(call.body));
  const text = (value: Json): string => formatGo(literals.typed(value, type, ''), 0);
  try {
    return text(given);
  } catch (error) {
    if (error instanceof NotPlainError) return text({});
    throw error;
  }
}

function readParameter(value: string, type: string): Json {
  if (type === '[]string') return [value];
  if (/int64$/.test(type)) return Number(value);
  return /bool$/.test(type) ? value === 'true' || value === '1' : value;
}

/** Parameters that the options of client-go do not have. */
export function listDroppedParameters({ query, verb }: Call, { types }: CallWriter): string[] {
  const options: Readonly<Record<string, string>> = {
    ...{ create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', get: 'GetOptions' },
    ...{ list: 'ListOptions', watch: 'ListOptions', deletecollection: 'ListOptions', delete: 'DeleteOptions' },
  };
  const type = options[verb];
  const fields = type === undefined ? undefined : types.types[`${metav1}.${type}`];
  if (typeof fields !== 'object') return [];
  const known = new Set(fields.map(([json]) => json));
  return [...query.keys()].filter((name) => !known.has(name) && !ignored.has(name)).map(commentGo);
}

export function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
