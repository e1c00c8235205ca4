import { SnoopDbError } from '@snoop/snoopdb';

/**
 * Whether an error message may quote parts of a body: errors of its syntax or of a value (SQLSTATE classes 22 and 23).
 * Such a message is stored with the body and never logged.
 */
export function mayQuote(error: unknown): boolean {
  if (error instanceof SnoopDbError) return error.code === 'bad_body';
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}
