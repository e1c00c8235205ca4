/** What tables can be printed as. */
export const tableFormats = ['text', 'json', 'csv', 'markdown'] as const;
export type TableFormat = (typeof tableFormats)[number];
