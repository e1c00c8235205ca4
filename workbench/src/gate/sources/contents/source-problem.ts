import { SnoopDbError } from '@snoop/snoopdb';

/** Why a source cannot be used, in a sentence that ends with the way out. */
export class SourceProblem extends Error {}

/**
 * The sentences for what made a source unusable.
 *
 * @throws the error itself if it is not about a source: an abort, or a fault of this program
 */
export function explainProblem(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof SourceProblem) return error.message;
  if (!(error instanceof SnoopDbError)) throw error;
  if (/ is not JSON: | the expected kind: /.test(error.message))
    return `${error.message} Get the whole document again.`;
  if (error.code !== 'unreadable_input') return error.message;
  // The sentence is one of loaders.
  return `${error.message.replace(/ Nothing was loaded\.$/, '')} Give a file that you can read, or another URL.`;
}
