/** Error codes of the spool. */
export type SpoolErrorCode =
  /** The body does not fit into the spool. */
  | 'spool_full'
  /** Reading or writing failed; see `cause`. */
  | 'spool_failed'
  | 'spool_closed'
  /** Another process uses the folder. */
  | 'spool_taken';

export class SpoolError extends Error {
  readonly code: SpoolErrorCode;

  constructor(code: SpoolErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SpoolError';
    this.code = code;
  }
}
