import { distance } from 'fastest-levenshtein';
import { SnoopError } from './errors.ts';

/** The most names that are listed when none is near. */
const fewNames = 12;

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** Finds names similar to `wanted`, nearest first, at most `number`; names that differ too much are left out. */
export function findNearest(wanted: string, names: readonly string[], number: number): string[] {
  const lower = wanted.toLowerCase();
  const parts = listWords(wanted);
  return names
    .map((name) => ({ name, far: measure(lower, parts, name) }))
    .filter(({ far }) => far !== null)
    .sort((a, b) => (a.far ?? 0) - (b.far ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, number)
    .map(({ name }) => name);
}

/** `Did you mean 'a', 'b' or 'c'?`; empty if there are no names. */
export function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? '' : `Did you mean ${alternatives.format(names.map((name) => `'${name}'`))}?`;
}

/** Edit distance between `lower` and a name; null: too far. */
function measure(lower: string, parts: readonly string[], name: string): number | null {
  const other = name.toLowerCase();
  // Part of a name, or some of its words, is nearer than a typo: listPod means listCoreV1NamespacedPod.
  if (lower.length > 1 && holdsInOrder(other, parts)) return (other.length - lower.length) / 100;
  const far = distance(lower, other);
  return far <= allowance(Math.max(lower.length, other.length)) ? far : null;
}

/** Half the letters of a short name may differ, a third of a long one: half the letters of any two endpoints are the same. */
function allowance(length: number): number {
  return length <= 8 ? length / 2 : Math.max(4, length / 3);
}

function listWords(text: string): string[] {
  return (text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}]+|\p{Lu}/gu) ?? []).map((word) => word.toLowerCase());
}

function holdsInOrder(name: string, words: readonly string[]): boolean {
  let from = 0;
  for (const word of words) {
    const at = name.indexOf(word, from);
    if (at < 0) return false;
    from = at + word.length;
  }
  return words.length > 0;
}

/**
 * Finds a flag's value among `known`, ignoring case.
 *
 * @throws SnoopError `unknown_value` (exit 2), with similar values
 */
export function matchValue(flag: string, wanted: string, known: readonly string[], where: string): string {
  const found =
    known.find((value) => value === wanted) ?? known.find((value) => value.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new SnoopError('unknown_value', `${where} has no ${flag} '${wanted}'.`, {
    exitCode: 2,
    advice: [describeChoice(wanted, known)],
  });
}

function describeChoice(wanted: string, known: readonly string[]): string {
  const nearest = findNearest(wanted, known, 3);
  if (nearest.length > 0) return didYouMean(nearest);
  if (known.length === 0) return 'It has none.';
  return known.length <= fewNames ? `It has: ${known.join(', ')}.` : `It has ${known.length}; none is similar.`;
}
