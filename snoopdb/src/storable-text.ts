/** A text as PostgreSQL can hold it: without NUL and half surrogate pairs, which become U+FFFD. */
export function makeStorable(text: string): string {
  // Only what may be affected is written anew.
  return /[\0\uD800-\uDFFF]/.test(text) ? Buffer.from(text.replaceAll('\0', '\uFFFD')).toString() : text;
}

/** JSON whose strings jsonb takes. */
export function makeStorableJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? makeStorable(item) : item));
}

/** The first characters of a text, counted as PostgreSQL's left() counts them: by code point. */
export function cutText(text: string, characters: number): string {
  return text.length <= characters ? text : Array.from(text).slice(0, characters).join('');
}
