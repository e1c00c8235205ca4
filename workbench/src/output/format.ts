/** The formats of tables. */
export const tableFormats = ['text', 'json', 'csv', 'markdown'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** `text, json or csv`. */
export function describeFormats(formats: readonly string[]): string {
  return `${formats.slice(0, -1).join(', ')} or ${formats.at(-1)}`;
}
