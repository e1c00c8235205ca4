/** A text as PostgreSQL can hold it: without NUL and half surrogate pairs, which become U+FFFD. */
export function makeStorable(text: string): string {
  // Only what may be affected is written anew.
  return /[\0\uD800-\uDFFF]/.test(text) ? Buffer.from(text.replaceAll('\0', '\uFFFD')).toString() : text;
}

/** JSON whose strings jsonb takes. */
export function makeStorableJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? makeStorable(item) : item));
}

/**
 * The first characters of a text, counted as PostgreSQL's left() counts them: by code point. What is cut is a text of its
 * own, and does not keep the one that it was cut from in memory.
 */
export function cutText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // A code point has two units at most; only those that can be wanted are taken apart.
  return Array.from(text.slice(0, 2 * characters))
    .slice(0, characters)
    .join('');
}

/**
 * The same text, and no part of a longer one: what is cut out of a string keeps all of it in memory.
 * @param text as PostgreSQL can hold it
 */
export function copyText(text: string): string {
  return Buffer.from(text).toString();
}
