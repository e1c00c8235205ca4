export const reportFormats = ['text', 'json', 'markdown'] as const;

/** With those for CI; `github` has more than one destination. */
export const outputFormats = [...reportFormats, 'junit', 'github'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export type ReportFormat = Exclude<OutputFormat, 'github'>;
