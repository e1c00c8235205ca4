/** A URL of a list or document as a link; null: not a URL, or of another scheme, such as `javascript:`. */
export function readWebUrl(text: string | null): string | null {
  return text !== null && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null;
}

/** A name from a link that may have any length, for a sentence. */
export function shortenName(name: string, maxCharacters = 120): string {
  return name.length > maxCharacters ? `${name.slice(0, maxCharacters)} …` : name;
}
