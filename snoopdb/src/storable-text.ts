/** Replaces what PostgreSQL cannot store (NUL, half surrogate pairs) by U+FFFD. */
export function toStorableText(text: string): string {
  // Most texts need no copy.
  return /[\0\uD800-\uDFFF]/.test(text) ? Buffer.from(text.replaceAll('\0', '\uFFFD')).toString() : text;
}

/** Serializes to JSON whose strings and keys jsonb accepts. */
export function toStorableJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'string') return toStorableText(item);
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.keys(item).every((key) => toStorableText(key) === key)
      ? item
      : Object.fromEntries(Object.entries(item).map(([key, field]) => [toStorableText(key), field]));
  });
}

/**
 * The first code points of a text, counted like PostgreSQL's left(). A truncated text is a copy, so it does not keep
 * the original in memory.
 */
export function truncateText(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // A code point has at most two units, so only so many are split.
  return Array.from(text.slice(0, 2 * characters))
    .slice(0, characters)
    .join('');
}

/**
 * Copies a text. A slice of a string keeps the whole string in memory; the copy does not.
 *
 * @param text as PostgreSQL can hold it
 */
export function copyText(text: string): string {
  return Buffer.from(text).toString();
}
