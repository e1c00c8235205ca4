import { SnoopDbError } from '../errors.ts';
import { toStorableText } from '../storable-text.ts';

/** PostgreSQL's limit for an index key is 2704 bytes; this leaves room for a release beside the name. */
const maxNameBytes = 2000;
const maxTextLength = 1 << 20;

/** Reads the fields of an object. Errors name the location: `pods.yaml, entry 3: …`. */
export interface Fields {
  /** Where the object is, for people. */
  readonly location: string;
  /** A name that is not empty and not too long for an index. */
  name(key: string): string;
  /** A text; null if it is null or missing. */
  text(key: string): string | null;
  flag(key: string): boolean;
  /** A whole number from 0, or null. */
  number(key: string): number | null;
  list(key: string): unknown[] | null;
  /** @throws SnoopDbError `bad_document` with this reason */
  fail(reason: string): never;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param location of the value, for people
 * @throws SnoopDbError `bad_document` if it is not an object
 */
export function readFields(value: unknown, location: string): Fields {
  const fail = (reason: string): never => {
    throw new SnoopDbError('bad_document', `${location}: ${reason}`);
  };
  if (!isRecord(value)) return fail(`expected an object, found ${describeValue(value)}.`);
  // Inherited keys such as __proto__ and constructor do not count.
  const get = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const failType = (key: string, wanted: string): never =>
    fail(`"${key}" must be ${wanted}, but is ${describeValue(get(key))}.`);
  return {
    location,
    fail,
    name: (key) => requireName(get(key), `${location}: "${key}"`),
    text(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      if (typeof found !== 'string') return failType(key, 'a text');
      if (found.length > maxTextLength)
        return fail(`"${key}" has ${found.length} characters; the limit is ${maxTextLength}.`);
      return toStorableText(found);
    },
    flag(key) {
      const found = get(key);
      return typeof found === 'boolean' ? found : failType(key, 'true or false');
    },
    number(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
      return failType(key, 'a whole number from 0');
    },
    list(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      return Array.isArray(found) ? found : failType(key, 'a list');
    },
  };
}

/**
 * Checks a name: a text that is not empty and fits into an index.
 * @throws SnoopDbError `bad_document`
 */
export function requireName(value: unknown, location: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new SnoopDbError('bad_document', `${location} must be a name, but is ${describeValue(value)}.`);
  }
  const name = toStorableText(value);
  if (Buffer.byteLength(name) > maxNameBytes) {
    throw new SnoopDbError(
      'bad_document',
      `${location} is a name of ${Buffer.byteLength(name)} bytes; the limit is ${maxNameBytes}.`,
    );
  }
  return name;
}

/**
 * Checks that a document is a list, and returns its entries.
 * @throws SnoopDbError `bad_document`
 */
export function requireList(value: unknown, name: string, wanted: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new SnoopDbError('bad_document', `${name} must be ${wanted}, but is ${describeValue(value)}.`);
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `${typeof value === 'string' ? 'the text' : `the ${typeof value}`} ${toStorableText(String(value)).slice(0, 60)}`;
}
