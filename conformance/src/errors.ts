/** The kind of a failure, for programs. The message is for people. */
export type ConformanceErrorCode =
  /** The bytes are not what they should be. */
  | 'bad_results'
  /** A limit is exceeded. */
  | 'too_large'
  /** The stream failed; `cause` is its error. */
  | 'unreadable_results';

/** A place in a text; both numbers start at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The only error class of this package. */
export class ConformanceError extends Error {
  readonly code: ConformanceErrorCode;
  readonly place: Place | null;

  constructor(code: ConformanceErrorCode, message: string, options?: { cause?: unknown; place?: Place }) {
    super(message, options);
    this.name = 'ConformanceError';
    this.code = code;
    this.place = options?.place ?? null;
  }
}
