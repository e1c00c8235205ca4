import { distance } from 'fastest-levenshtein';
import { SnoopError } from './errors.ts';

/** The `number` names that are nearest to what was typed, the nearest first. */
export function findNearest(wanted: string, names: readonly string[], number: number): string[] {
  const lower = wanted.toLowerCase();
  const far = (name: string): number => {
    const other = name.toLowerCase();
    // A part of a name is nearer than another name of the same length.
    return other.includes(lower) ? (other.length - lower.length) / 100 : distance(lower, other);
  };
  return names
    .map((name) => ({ name, far: far(name) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, number)
    .map(({ name }) => name);
}

/** Whether a name could be what was meant: more of it is the same than is not. */
export function isNear(wanted: string, name: string): boolean {
  return distance(wanted.toLowerCase(), name.toLowerCase()) * 2 <= Math.max(wanted.length, name.length);
}

/**
 * The one of `known` that a flag's value means, whatever its case.
 *
 * @throws SnoopError `unknown_value` (exit 2), with the nearest
 */
export function matchValue(flag: string, wanted: string, known: readonly string[], where: string): string {
  const found =
    known.find((value) => value === wanted) ?? known.find((value) => value.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  const nearest = findNearest(wanted, known, 3);
  throw new SnoopError('unknown_value', `${where} has no ${flag} '${wanted}'.`, {
    exitCode: 2,
    advice: [nearest.length === 0 ? 'There is nothing to choose from.' : `The nearest: ${nearest.join(', ')}.`],
  });
}
