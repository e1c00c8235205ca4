import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { SnoopError } from '../errors.ts';
import { findNearest } from '@snoop/snoopdb/command-line';

/** The flags of every command that works on a SnoopDB. */
export const databaseOptions = { 'database-url': { type: 'string' }, state: { type: 'string' } } as const;

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: true; args: string[] }>
>;

/** The values of the flags, and the words that are none. */
export interface Flags<T extends Options> {
  readonly values: Parsed<T>['values'];
  readonly positionals: readonly string[];
}

/**
 * Reads the flags of a command.
 *
 * @param command its name, for the error
 * @param options as `node:util` parseArgs takes them
 * @param positionals whether words that are no flags are allowed
 * @throws SnoopError `wrong_use`, exit code 2, which names the nearest flag
 */
export function parseFlags<const T extends Options>(
  command: string,
  args: readonly string[],
  options: T,
  positionals = false,
): Flags<T> {
  const page = `'snoop ${command} --help' lists all.`;
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional' && !positionals) {
      throw wrongUse(`snoop ${command} takes no '${token.value}'.`, page);
    }
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    throw wrongUse(
      `snoop ${command} has no flag ${token.rawName}.`,
      [nearest(token.name, options), page].join(' ').trim(),
    );
  }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    // What is left are flags without their value, or with one that they do not take; Node's sentence names the flag.
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw wrongUse(`snoop ${command}: ${reason.replace(/\.*$/, '.')}`, page, error);
  }
}

function nearest(name: string, options: Options): string {
  const [found] = findNearest(name, Object.keys(options), 1);
  return found === undefined ? '' : `Did you mean --${found}?`;
}

function wrongUse(message: string, advice: string, cause?: unknown): SnoopError {
  return new SnoopError('wrong_use', message, { exitCode: 2, advice: [advice], cause });
}
