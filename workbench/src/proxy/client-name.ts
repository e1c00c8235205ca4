import { basename } from 'node:path';
import { wrongUse } from '../errors.ts';

const maxCharacters = 80;

/** A subcommand, such as `apply`; not a value, a path or a URL. */
const subcommand = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;

/**
 * Names a command for its agent: the program's base name and its subcommand, such as `kubectl apply`. The subcommand is
 * the first argument if it has no dash. Other arguments may hold secrets, and so may a word after a flag.
 */
export function nameCommand([program = '', first = '']: readonly string[]): string {
  const name = subcommand.test(first) ? `${basename(program)} ${first}` : basename(program);
  return name.replace(/[^\x20-\x7e]/g, '_').slice(0, maxCharacters);
}

/** @throws SnoopError `wrong_use` */
export function parseClientName(value: string, flag: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && value.length <= maxCharacters) return value;
  throw wrongUse(
    `${flag} must have 1 to ${maxCharacters} printable ASCII characters, not '${value}'.`,
    `For example: ${flag} 'upgrade test'`,
  );
}
