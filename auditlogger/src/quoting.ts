import { SnoopDbError } from '@snoop/snoopdb';

/**
 * Whether an error may repeat parts of a body: about its form, or about a value (SQLSTATE classes 22 and 23). Its words
 * belong beside the body then, never into a log.
 */
export function mayQuote(error: unknown): boolean {
  if (error instanceof SnoopDbError) return error.code === 'bad_body';
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}
