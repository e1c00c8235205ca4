/** error: events are lost, hidden, or never sent; warning: they come late, or may get lost; note: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly file: string;
  /** From 1; null: the finding is about the whole file, or about something that is not there. */
  readonly line: number | null;
  readonly severity: Severity;
  /** Stable, for programs: `unknown-field`. */
  readonly rule: string;
  /** What is wrong, what comes of it, and the way out. */
  readonly message: string;
}

/** Takes findings about one file. */
export type Report = (severity: Severity, rule: string, line: number | null, message: string) => void;

/** What was looked at, and what was found, in the order of the files and their lines. */
export interface LintResult {
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
}
