import { SnoopDbError } from '../errors.ts';
import { makeStorable } from '../storable-text.ts';

/** What a key of an index may have, with room for a release beside it: PostgreSQL takes 2704 bytes in all. */
const maxNameBytes = 2000;
const maxTextLength = 1 << 20;

/** Reads the fields of a document, and says where one is wrong: `pods.yaml, entry 3: …`. */
export interface Fields {
  /** Where they stand, for people. */
  readonly place: string;
  /** A name that is there and not too long to be looked up. */
  name(key: string): string;
  /** A text or null; null also for what is missing. */
  text(key: string): string | null;
  flag(key: string): boolean;
  /** A whole number from 0 on, or null. */
  number(key: string): number | null;
  list(key: string): unknown[] | null;
  /** @throws SnoopDbError `bad_document` with this reason */
  refuse(reason: string): never;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param place where the value stands, for people
 * @throws SnoopDbError `bad_document` when it is no object
 */
export function readFields(value: unknown, place: string): Fields {
  const refuse = (reason: string): never => {
    throw new SnoopDbError('bad_document', `${place}: ${reason}`);
  };
  if (!isRecord(value)) return refuse(`wanted an object, found ${describeValue(value)}.`);
  // A key such as __proto__ or constructor belongs to the document or is not there.
  const get = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const wrong = (key: string, wanted: string): never =>
    refuse(`"${key}" should be ${wanted}, and is ${describeValue(get(key))}.`);
  return {
    place,
    refuse,
    name: (key) => requireName(get(key), `${place}: "${key}"`),
    text(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      if (typeof found !== 'string') return wrong(key, 'a text');
      if (found.length > maxTextLength)
        return refuse(`"${key}" has ${found.length} characters; ${maxTextLength} is all that is taken.`);
      return makeStorable(found);
    },
    flag(key) {
      const found = get(key);
      return typeof found === 'boolean' ? found : wrong(key, 'true or false');
    },
    number(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
      return wrong(key, 'a number from 0 on');
    },
    list(key) {
      const found = get(key);
      if (found === undefined || found === null) return null;
      return Array.isArray(found) ? found : wrong(key, 'a list');
    },
  };
}

/**
 * A name that can be stored and looked up.
 * @throws SnoopDbError `bad_document`
 */
export function requireName(value: unknown, place: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new SnoopDbError('bad_document', `${place} should be a name, and is ${describeValue(value)}.`);
  }
  const name = makeStorable(value);
  if (Buffer.byteLength(name) > maxNameBytes) {
    throw new SnoopDbError(
      'bad_document',
      `${place} is a name of ${Buffer.byteLength(name)} bytes; ${maxNameBytes} is all that is taken.`,
    );
  }
  return name;
}

/**
 * The entries of a document that is a list.
 * @throws SnoopDbError `bad_document` when it is none
 */
export function requireList(value: unknown, name: string, wanted: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new SnoopDbError('bad_document', `${name} is ${describeValue(value)}, and should be ${wanted}.`);
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `${typeof value === 'string' ? 'the text' : `the ${typeof value}`} ${makeStorable(String(value)).slice(0, 60)}`;
}
