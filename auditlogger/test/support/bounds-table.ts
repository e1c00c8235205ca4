import { readFileSync } from 'node:fs';

/** A row of the table in the README. */
export interface BoundRow {
  readonly what: string;
  /** Flags that are named in the bound, without dashes. */
  readonly flags: readonly string[];
  /** The amounts in the bound, in their order: bytes, milliseconds or counts. */
  readonly amounts: readonly number[];
  readonly beyond: string;
}

const units: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  s: 1000,
};

/** The table under the heading "Bounds". */
export function readBounds(): BoundRow[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = /^## Bounds$(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) => {
    const [what = '', bound = '', beyond = ''] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return {
      what,
      flags: [...bound.matchAll(/`--([a-z-]+)`/g)].map(([, flag = '']) => flag),
      amounts: [...bound.matchAll(/(\d[\d,]*)(?: (KiB|MiB|GiB|s)\b)?/g)].map(
        ([, digits = '', unit]) =>
          Number(digits.replaceAll(',', '')) * (unit === undefined ? 1 : (units[unit] ?? Number.NaN)),
      ),
      beyond,
    };
  });
}

/**
 * What a constant of a source file is: also of one that nobody exports.
 * @param file from the root of the project
 */
export function readConstant(file: string, name: string): number {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const said = new RegExp(`\\b(?:const ${name} =|${name}:|${name} =) ([\\d_]+(?: \\*\\*? [\\d_]+)*)[;,)]`).exec(
    text,
  )?.[1];
  if (said === undefined) throw new Error(`${file} has no constant ${name} that is a number.`);
  return said.split(' * ').reduce((product, factor) => {
    const [base = 0, power = 1] = factor.split(' ** ').map((part) => Number(part.replaceAll('_', '')));
    return product * base ** power;
  }, 1);
}
