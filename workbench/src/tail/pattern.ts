/** Whether a text is what was asked for; upper and lower case are the same. */
export type Pattern = (text: string) => boolean;

/**
 * Reads a pattern in which `*` stands for any text.
 *
 * @param kind what a pattern without `*` means: the whole text, or its beginning
 */
export function readPattern(pattern: string, kind: 'beginning' | 'whole'): Pattern {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const end = kind === 'beginning' && !isWildcard(pattern) ? '' : '$';
  const expression = new RegExp(`^${parts.join('.*')}${end}`, 'is');
  return (text) => expression.test(text);
}

/** Whether a pattern says that it stands for several texts. */
export function isWildcard(pattern: string): boolean {
  return pattern.includes('*');
}
