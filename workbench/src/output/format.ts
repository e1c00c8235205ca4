import { SnoopError } from '../errors.ts';

/** What tables can be printed as. */
export const tableFormats = ['text', 'json', 'csv', 'markdown'] as const;
export type TableFormat = (typeof tableFormats)[number];

/**
 * Reads the value of `--output`.
 *
 * @param formats what the command can print; the first is what it prints unless told
 * @throws SnoopError `unknown_format` (exit 2)
 */
export function parseFormat<const T extends string>(value: string | undefined, formats: readonly [T, ...T[]]): T {
  const found = formats.find((format) => format === (value ?? formats[0]));
  if (found !== undefined) return found;
  throw new SnoopError('unknown_format', `There is no output format '${value}'.`, {
    exitCode: 2,
    advice: [`--output takes one of: ${formats.join(', ')}.`],
  });
}
