/** The formats of a report; `--output github` writes several of them. */
export const reportFormats = ['text', 'json', 'markdown', 'junit'] as const;
export type ReportFormat = (typeof reportFormats)[number];
