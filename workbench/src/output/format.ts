/** The formats of tables. */
export const tableFormats = ['text', 'json', 'csv', 'markdown'] as const;
export type TableFormat = (typeof tableFormats)[number];
