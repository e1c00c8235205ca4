/** 2: wrong use; 3: the program could not do it. See the exit codes in the README. */
export type ExitCode = 2 | 3;

/**
 * An error for the user: one sentence that says what was wanted and what was found, then advice. Programs can rely on
 * `code`.
 */
export class SnoopError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What to do next; one line each. */
  readonly advice: readonly string[];

  constructor(
    code: string,
    message: string,
    options: { exitCode?: ExitCode; advice?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SnoopError';
    this.code = code;
    this.exitCode = options.exitCode ?? 3;
    this.advice = options.advice ?? [];
  }
}

/** Creates the error for a command line that makes no sense. */
export function wrongUse(message: string, ...advice: string[]): SnoopError {
  return new SnoopError('wrong_use', message, { exitCode: 2, advice: advice.filter((line) => line !== '') });
}

/** Formats an error for the terminal: the message, then the advice, indented. */
export function describeError({ message, advice }: SnoopError): string {
  return [message, ...advice.map((line) => `  ${line}`)].join('\n');
}
