/** Cuts a text between characters, and copies it: a part of a string keeps the whole string in memory. */
export function cut(text: string, characters: number): string {
  const end = /[\ud800-\udbff]$/.test(text.slice(0, characters)) ? characters - 1 : characters;
  return Buffer.from(text.slice(0, end)).toString();
}
