import { schemaName } from './api-document.ts';
import type { ApiDocument, Schema } from './api-document.ts';
import type { FieldPath, Json } from './draft.ts';
import { asList, asRecord, asText, asTexts } from './json.ts';

/** Schemas may contain themselves, as JSONSchemaProps does. */
const maxDepth = 12;
/** Schemas that require each other several times would otherwise make a value that fills the memory. */
const maxValues = 10_000;

/** The text for a string without a rule; it is a valid DNS label. */
const anyText = 'live-test';

/** A node may pull it: the smallest image of Kubernetes. */
export const anyImage = 'registry.k8s.io/pause:3.10';

/**
 * Creates the smallest value of a schema: only required fields, and the first value of an enum. An array or map has an
 * item only if `needsItem`.
 */
export function createSmallest(document: ApiDocument, schema: unknown, needsItem = false): Json {
  return createValue({ document, valuesLeft: maxValues }, schema, needsItem, 0);
}

interface Creation {
  readonly document: ApiDocument;
  valuesLeft: number;
}

function createValue(creation: Creation, schema: unknown, needsItem: boolean, depth: number): Json {
  const { document } = creation;
  creation.valuesLeft -= 1;
  if (depth > maxDepth || creation.valuesLeft < 0) return {};
  const resolved = document.resolve(schema);
  const { default: given, [schemaName]: name } = resolved;
  if (name === 'Quantity') return '1';
  if (name === 'MicroTime') return '2026-01-01T00:00:00.000000Z';
  const choices = asList(resolved.enum);
  if (choices.length > 0) return (choices.find((one) => one !== '') ?? choices[0] ?? null) as Json;
  // An empty default is what validation refuses.
  if (isPlain(given) && given !== '' && given !== 0 && given !== null) return given;
  if (resolved['x-kubernetes-int-or-string'] === true || resolved.format === 'int-or-string') return 1;
  const type = asText(resolved.type) || (resolved.properties === undefined ? '' : 'object');
  if (type === 'string') return createText(resolved);
  if (type === 'integer' || type === 'number') return createNumber(resolved);
  if (type === 'boolean') return false;
  if (type === 'array') {
    const isLong = Number(resolved.minItems ?? 0) > 0;
    return depth < maxDepth && (needsItem || isLong)
      ? [createValue(creation, resolved.items, needsItem, depth + 1)]
      : [];
  }
  if (type === 'object') return createObject(creation, resolved, needsItem, depth);
  // Any type: a Quantity is a string or a number, and so are others.
  const anyOf = [...asList(resolved.oneOf), ...asList(resolved.anyOf)].map((one) => document.resolve(one));
  const [first] = anyOf;
  const chosen = anyOf.find(({ type: t }) => t === 'string') ?? first;
  return chosen === undefined ? {} : createValue(creation, chosen, false, depth + 1);
}

function createObject(creation: Creation, schema: Schema, needsItem: boolean, depth: number): Json {
  const properties = asRecord(schema.properties);
  if (schema.properties === undefined && schema.additionalProperties !== undefined) {
    return needsItem ? { [anyText]: createValue(creation, schema.additionalProperties, false, depth + 1) } : {};
  }
  if (depth >= maxDepth) return {};
  const required = asTexts(schema.required);
  return Object.fromEntries(
    required.map((name) => [
      name,
      name === 'image' ? anyImage : createValue(creation, properties[name], false, depth + 1),
    ]),
  );
}

function createText({ format, minLength }: Schema): string {
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  if (format === 'byte') return 'bGl2ZS10ZXN0';
  if (format === 'quantity') return '1';
  const least = Number(minLength ?? 0);
  return least > anyText.length && least < 1000 ? anyText.padEnd(least, 'x') : anyText;
}

function createNumber({ minimum, exclusiveMinimum }: Schema): number {
  if (typeof minimum === 'number') return exclusiveMinimum === true ? minimum + 1 : minimum;
  return typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 1;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Finds the schema of a field, `spec.rules[0].host`; null: the schema has no such field. */
export function findFieldSchema(document: ApiDocument, schema: unknown, path: FieldPath): Schema | null {
  let found = document.resolve(schema);
  for (const step of path) {
    const { properties, items, additionalProperties } = found;
    const next =
      typeof step === 'number'
        ? items
        : (asRecord(properties)[step] ?? (properties ? undefined : additionalProperties));
    if (next === undefined || next === false) return null;
    found = document.resolve(next);
  }
  return found;
}
