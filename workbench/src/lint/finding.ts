/** error: events are lost, hidden, or never sent; warning: they are late, or may get lost; note: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly file: string;
  /** From 1; null for the whole file, or for something missing. */
  readonly line: number | null;
  readonly severity: Severity;
  /** Stable, for programs: `unknown-field`. */
  readonly rule: string;
  /** What is wrong, its effect, and the remedy. */
  readonly message: string;
}

/** Receives findings about one file. */
export type Report = (severity: Severity, rule: string, line: number | null, message: string) => void;

/** The checked files, and the findings in the order of files and lines. */
export interface LintResult {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
}
