/** What a person can do wrong (2) or the program could not do (3); see the exit codes in the README. */
export type ExitCode = 2 | 3;

/**
 * An error that is meant to be read by a person: one sentence with what was wanted and what was found, then the way out.
 * `code` is stable for programs; `exitCode` is what the command line ends with.
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

/** Words on the command line that cannot be meant; `advice` as in {@link SnoopError}. */
export function wrongUse(message: string, ...advice: string[]): SnoopError {
  return new SnoopError('wrong_use', message, { exitCode: 2, advice: advice.filter((line) => line !== '') });
}

/** An error as a person reads it: the sentence, and below it the ways out. */
export function describeError({ message, advice }: SnoopError): string {
  return [message, ...advice.map((line) => `  ${line}`)].join('\n');
}
