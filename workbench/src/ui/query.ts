import type { Request } from 'express';
import { SnoopError } from '../errors.ts';

type Query = Request['query'];

/** User agents have at most 1,024 bytes in audit events, other names less. */
const maxCharacters = 2000;

/**
 * Reads a text of a query; undefined: absent or empty.
 * @throws SnoopError `bad_query`
 */
export function readText(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new SnoopError('bad_query', `The query has several values of "${name}".`);
  if (value.length > maxCharacters) {
    throw new SnoopError('bad_query', `"${name}" has ${value.length} characters; the limit is ${maxCharacters}.`);
  }
  // PostgreSQL cannot store it, so no name has it.
  if (value.includes('\0')) throw new SnoopError('bad_query', `"${name}" has a NUL character.`);
  return value;
}

/** @throws SnoopError `bad_query` */
export function requireText(query: Query, name: string): string {
  const text = readText(query, name);
  if (text === undefined) throw new SnoopError('bad_query', `The query has no "${name}".`);
  return text;
}

/** @throws SnoopError `bad_query` */
export function readNumber(query: Query, name: string, { byDefault, max }: { byDefault: number; max: number }): number {
  const text = readText(query, name);
  if (text === undefined) return byDefault;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= max) return number;
  throw new SnoopError('bad_query', `"${name}" is "${text}"; it must be a number from 1 to ${max}.`);
}
