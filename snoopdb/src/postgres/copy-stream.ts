import { setImmediate as nextTurn } from 'node:timers/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { toError } from '../errors.ts';
import type { PoolClient } from './database.ts';

/**
 * Whether PostgreSQL refused the data itself (class 22) or its size or depth (class 54): no repeat will help. What would
 * need more than a gigabyte at once, for so many values in one event, comes without a code of its own.
 */
export function isDataError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|54)...$/.test(error.code) || (error.code === 'XX000' && /memory alloc request size/.test(error.message));
}

export interface CopyOptions {
  /** Breaks it off; the connection stays usable. */
  signal?: AbortSignal | undefined;
  /** Told whenever the server has taken some of it. */
  onProgress?: (() => void) | undefined;
}

/**
 * Runs a COPY statement for as long as `work` takes.
 * @param work sends chunks in the format that the statement names; when it fails, nothing is copied
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
    // The only sign that the server has taken all of it.
    stream.once('finish', resolve);
    stream.on('error', (error) => {
      failure ??= error;
      reject(error);
    });
  });
  // Awaited in the end; until then a rejection is not unhandled, only early.
  ended.catch(() => {});
  const abort = (): void => void stream.destroy(toError(signal?.reason));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });

  let sinceTurn = 0;
  /** In pieces, with room for other work between them: a stream whose reader keeps up would never let go. */
  const send = async (chunks: Iterable<Buffer>): Promise<void> => {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        // A stream that has failed throws at the next write.
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
    // What makes the chunks failed, not the server: it is told, so that the connection stays usable.
    if (failure === null) stream.destroy(toError(error));
    await ended.catch(() => {});
    throw signal?.aborted ? toError(signal.reason) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

const pieceBytes = 256 * 1024;
