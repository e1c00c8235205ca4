import type { Json } from '../new-test/draft.ts';
import { asRecord } from '../new-test/json.ts';
import { type CallWriter, expectNoError } from './call-writer.ts';
import { quoteRaw } from './go-text.ts';
import { formatGo, type GoValue } from './go-value.ts';
import { isItems } from './literals.ts';
import type { Call } from './read-calls.ts';

/** Writes a body as bytes of JSON. */
export function writeJsonBytes(call: Call, { scope, literals, imports }: CallWriter, before: string[]): string {
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
  before.push(`${name}, err := ${json}.Marshal(${code})`, expectNoError('failed to encode JSON', imports));
  return name;
}

function hasVariables(value: GoValue): boolean {
  if (typeof value === 'string') return /^[a-z]/i.test(value) && !/^(?:true|false|nil)$/.test(value);
  return value.entries.some(({ key, value: item }) => (key !== null && !key.startsWith('"')) || hasVariables(item));
}

/**
 * The patch type, which is not stored: it follows from the body, and for lists from whether the answer has exactly the
 * list that was sent.
 */
export function patchType(call: Call, { imports }: CallWriter): string {
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
