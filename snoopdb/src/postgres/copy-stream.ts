import { setImmediate as nextTurn } from 'node:timers/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { toError } from '../errors.ts';
import type { PoolClient } from './database.ts';

/**
 * Whether PostgreSQL refused the data itself (class 22), or its size or depth (class 54), so that a retry cannot help.
 * Data that needs an allocation of more than a gigabyte is reported as an internal error.
 */
export function isDataError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|54)...$/.test(error.code) || (error.code === 'XX000' && /memory alloc request size/.test(error.message));
}

export interface CopyOptions {
  /** Aborts the copy; the connection stays usable. */
  signal?: AbortSignal | undefined;
  /** Called when the server has received more data. */
  onProgress?: (() => void) | undefined;
}

/**
 * Runs a COPY statement until `work` ends.
 * @param work sends chunks in the format of the statement; if it fails, nothing is copied
 */
export async function withCopyStream<T>(
  client: PoolClient,
  statement: string,
  work: (send: (chunks: Iterable<Buffer>) => Promise<void>) => Promise<T>,
  { signal, onProgress = () => {} }: CopyOptions = {},
): Promise<T> {
  const stream = client.query(copyFrom(statement));
  let failure: Error | null = null;
  const ended = new Promise<void>((resolve, reject) => {
    // Only 'finish' means that the server has processed all data.
    stream.once('finish', resolve);
    stream.on('error', (error) => {
      failure ??= error;
      reject(error);
    });
  });
  // Awaited at the end; an earlier rejection must not count as unhandled.
  ended.catch(() => {});
  const abort = (): void => void stream.destroy(toError(signal?.reason));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });

  let sinceTurn = 0;
  /** Sends in pieces and yields to the event loop between them, even when the stream never has to wait. */
  const send = async (chunks: Iterable<Buffer>): Promise<void> => {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        // Writing to a failed stream would throw another error.
        if (failure !== null) throw failure;
        const piece = chunk.subarray(at, at + pieceBytes);
        if (!stream.write(piece)) await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), ended]);
        onProgress();
        sinceTurn += piece.length;
        if (sinceTurn < pieceBytes) continue;
        sinceTurn = 0;
        await nextTurn();
      }
    }
  };

  try {
    const result = await work(send);
    if (failure === null) stream.end();
    await ended;
    return result;
  } catch (error) {
    // `work` failed, not the server: end the COPY, so that the connection stays usable.
    if (failure === null) stream.destroy(toError(error));
    await ended.catch(() => {});
    throw signal?.aborted ? toError(signal.reason) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

const pieceBytes = 256 * 1024;
