/** The formats of an answer; `--output github` writes several of them. */
export const gateFormats = ['text', 'json', 'junit', 'markdown', 'sarif'] as const;
export type GateFormat = (typeof gateFormats)[number];
