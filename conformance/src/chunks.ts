import { ConformanceError } from './errors.ts';

/** A file in memory, or a stream of one. */
export type Bytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * @param name what messages call the input
 * @throws ConformanceError `unreadable_results`: the stream failed
 */
export async function* readChunks(input: Bytes, name: string): AsyncGenerator<Uint8Array> {
  try {
    if (input instanceof Uint8Array) yield input;
    else yield* input;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConformanceError('unreadable_results', `${name} cannot be read: ${reason}. Try again.`, { cause });
  }
}
