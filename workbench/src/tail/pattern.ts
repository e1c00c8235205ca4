/** Matches texts, ignoring case. */
export type Pattern = (text: string) => boolean;

/** Reads a pattern in which `*` matches any text. @param kind what a pattern without `*` must match */
export function readPattern(pattern: string, kind: 'beginning' | 'whole'): Pattern {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const end = kind === 'beginning' && !isWildcard(pattern) ? '' : '$';
  const expression = new RegExp(`^${parts.join('.*')}${end}`, 'is');
  return (text) => expression.test(text);
}

export function isWildcard(pattern: string): boolean {
  return pattern.includes('*');
}
