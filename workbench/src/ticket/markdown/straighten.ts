/** Undoes the curly quotes of an editor. */
export function straighten(text: string): string {
  return text.replace(/[“”„]/g, '"').replace(/[‘’]/g, "'");
}
