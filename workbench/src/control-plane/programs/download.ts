import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Limit for the first response: a firewall may drop packets silently. */
const answerTimeoutMs = 10_000;
/** Limit for a pause in the transfer. */
const pauseTimeoutMs = 30_000;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called for every chunk: bytes so far, and the total (null: unknown). */
  readonly onProgress?: (bytes: number, totalBytes: number | null) => void;
}

export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  await download(url, options, async (piece) => void pieces.push(piece));
  return Buffer.concat(pieces).toString('utf8');
}

/**
 * Downloads a file and verifies its published checksum.
 *
 * @param checksum in hexadecimal
 * @throws Error with a readable message when the download fails or the checksum differs
 */
export async function downloadFile(
  url: string,
  file: string,
  algorithm: 'sha256' | 'sha512',
  checksum: string,
  options: DownloadOptions,
): Promise<void> {
  const hash = createHash(algorithm);
  const handle = await open(file, 'wx');
  try {
    await download(url, options, async (piece) => {
      hash.update(piece);
      await handle.write(piece);
    });
  } finally {
    await handle.close();
  }
  const found = hash.digest('hex');
  if (found !== checksum.toLowerCase()) {
    throw new Error(`${url} has the wrong ${algorithm} checksum (${found}, published is ${checksum})`);
  }
}

async function download(
  url: string,
  options: DownloadOptions,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<void> {
  const { signal, onProgress } = options;
  const timeout = new AbortController();
  let timer = setTimeout(() => timeout.abort(new Error('no answer in time')), answerTimeoutMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, timeout.signal]), redirect: 'follow' });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const length = Number(response.headers.get('content-length') ?? 'none');
    let bytes = 0;
    for await (const piece of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => timeout.abort(new Error('the transfer stopped')), pauseTimeoutMs);
      bytes += piece.byteLength;
      await take(piece);
      onProgress?.(bytes, Number.isFinite(length) ? length : null);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${url} could not be downloaded: ${describe(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Finds the cause of `fetch failed`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join(', ');
  return cause instanceof Error ? cause.message : error.message;
}
