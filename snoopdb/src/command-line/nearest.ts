import { distance } from 'fastest-levenshtein';
import { SnoopError } from './errors.ts';

/** How many names are listed where none is near. */
const fewNames = 12;

/**
 * The names that could be meant by what was typed, the nearest first, at most `number`. What is far off is no help: it
 * is left out, so the answer is often empty.
 */
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

/** `Did you mean '…'?`; empty where nothing is near enough. @param show how a name is written, such as `snoop test` */
export function didYouMean(wanted: string, names: readonly string[], show = (name: string): string => name): string {
  const [nearest] = findNearest(wanted, names, 1);
  return nearest === undefined ? '' : `Did you mean '${show(nearest)}'?`;
}

/** How far a name is from what was typed, in changed letters; null: it cannot be meant. */
function measure(lower: string, parts: readonly string[], name: string): number | null {
  const other = name.toLowerCase();
  // A part of a name is nearer than another name of the same length, and so are its words: listPod, listCoreV1NamespacedPod.
  if (lower.length > 1 && holdsInOrder(other, parts)) return (other.length - lower.length) / 100;
  const far = distance(lower, other);
  return far <= allowance(Math.max(lower.length, other.length)) ? far : null;
}

/** Half of a short name may be mistyped, of a long one a third: names of endpoints are alike in half of their letters. */
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
 * The one of `known` that a flag's value means, whatever its case.
 *
 * @throws SnoopError `unknown_value` (exit 2), with the nearest
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
  if (nearest.length > 0) return `The nearest: ${nearest.join(', ')}.`;
  if (known.length === 0) return 'There is nothing to choose from.';
  return known.length <= fewNames ? `It has: ${known.join(', ')}.` : `It has ${known.length}; none is like it.`;
}
