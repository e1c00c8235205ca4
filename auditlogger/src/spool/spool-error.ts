/** What the spool cannot do. */
export type SpoolErrorCode =
  /** The body does not fit into what the spool may take. */
  | 'spool_full'
  /** The system could not write or read: the reason is its cause. */
  | 'spool_failed'
  | 'spool_closed'
  /** Another program works in the folder. */
  | 'spool_taken';

export class SpoolError extends Error {
  readonly code: SpoolErrorCode;

  constructor(code: SpoolErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SpoolError';
    this.code = code;
  }
}
