import { asRecord, asText } from '../new-test/json.ts';
import type { ResourcePlace } from './api-place.ts';
import { writeJsonBytes, patchType } from './call-bytes.ts';
import { writeOptions } from './call-options.ts';
import { type CallWriter, type ClientCall, metav1, upperFirst } from './call-writer.ts';
import { quoteGo } from './go-text.ts';
import { formatGo, type GoValue } from './go-value.ts';
import type { Call } from './read-calls.ts';

export function writeDynamic(
  call: Call,
  place: ResourcePlace,
  writer: CallWriter,
  object: string | null,
): ClientCall | null {
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
            writeJsonBytes(call, writer, before),
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
