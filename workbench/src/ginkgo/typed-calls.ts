import { formatGroupVersion, type ResourcePlace } from './api-place.ts';
import { writeJsonBytes, patchType } from './call-bytes.ts';
import { writeOptions, omitTypeMeta } from './call-options.ts';
import { type CallWriter, type ClientCall, metav1, upperFirst } from './call-writer.ts';
import { quoteGo } from './go-text.ts';
import { findClient, type GoClient } from './go-types.ts';
import { formatGo } from './go-value.ts';
import type { Call } from './read-calls.ts';

/** Methods of typed clients for subresources whose names do not follow from them. */
const subresourceMethods: Readonly<Record<string, string>> = {
  'create pods/binding': 'Bind',
  'create pods/eviction': 'EvictV1',
  'create serviceaccounts/token': 'CreateToken',
  'update namespaces/finalize': 'Finalize',
  'update pods/ephemeralcontainers': 'UpdateEphemeralContainers',
};

/** Whether the typed client has the method, so that an object that is read can be sent back. */
export function findTyped(
  call: Call,
  { types }: CallWriter,
): { readonly client: GoClient; readonly method: string } | null {
  const { place } = call;
  if (place.type === 'other') return null;
  const client = findClient(place, types);
  if (client === null) return null;
  const method = nameMethod(call, place);
  return method !== null && Object.hasOwn(client.methods, method) ? { client, method } : null;
}

function nameMethod({ verb }: Call, { resource, subresource }: ResourcePlace): string | null {
  const plain = verb === 'deletecollection' ? 'DeleteCollection' : upperFirst(verb);
  if (subresource === null || verb === 'patch') return plain;
  if (subresource === 'log' || subresource.startsWith('proxy')) return null;
  return subresourceMethods[`${verb} ${resource}/${subresource}`] ?? `${plain}${upperFirst(subresource)}`;
}

export function writeTyped(
  call: Call,
  place: ResourcePlace,
  writer: CallWriter,
  object: string | null,
): ClientCall | null {
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
    else if (parameter === '[]uint8') args.push(writeJsonBytes(call, writer, before));
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
