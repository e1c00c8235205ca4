import { resolve } from 'node:path';

/** A setting as it was given. */
export interface Value {
  readonly text: string;
  /** The flag or variable it came by. */
  readonly name: string;
}

/** Wrong use: the sentence is for the person who called; the program ends with 2. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** @param example what is wanted, for the sentence when it is something else */
export function readAmount(value: Value | null, read: (text: string) => number | null, example: string): number | null {
  if (value === null) return null;
  const amount = read(value.text);
  if (amount !== null) return amount;
  throw new UsageError(`${value.name} wants ${example}, not '${value.text}'.`);
}

/** @param what the name of the choice, for the sentence */
export function readChoice<const T extends string>(value: Value | null, what: string, choices: readonly T[]): T | null {
  if (value === null) return null;
  const choice = choices.find((one) => one === value.text);
  if (choice !== undefined) return choice;
  throw new UsageError(`There is no ${what} '${value.text}'. Use one of: ${choices.join(', ')}.`);
}

/** The whole path of a file or folder, which need not be there. */
export function readPath(value: Value | null, what: 'file' | 'folder'): string | null {
  if (value === null) return null;
  if (value.text !== '') return resolve(value.text);
  throw new UsageError(`${value.name} wants the path of a ${what}, and got nothing.`);
}

/** Nothing given means off. */
export function readSwitch(value: Value | null): boolean {
  const text = value?.text.toLowerCase() ?? 'false';
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  if (['0', 'false', 'no', 'off'].includes(text)) return false;
  throw new UsageError(`${value?.name} wants true or false, not '${value?.text}'.`);
}
