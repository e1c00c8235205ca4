import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** How long a server may take to begin its answer. A machine without network says so at once; a firewall that swallows packets does not. */
const answerTimeoutMs = 10_000;
/** How long an answer may pause. */
const pauseTimeoutMs = 30_000;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called with every piece: bytes so far, and of how many (null: the server does not say). */
  readonly onProgress?: (bytes: number, ofBytes: number | null) => void;
}

/** Fetches a small text. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  const pieces: Uint8Array[] = [];
  await download(url, options, async (piece) => void pieces.push(piece));
  return Buffer.concat(pieces).toString('utf8');
}

/**
 * Fetches a file and compares it with its published checksum.
 *
 * @param checksum in hexadecimal
 * @throws Error, with words for people, when it cannot be fetched or is not what was published
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
    throw new Error(
      `${url} has the wrong ${algorithm} checksum, so it is not used (${found}, published is ${checksum})`,
    );
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
    throw new Error(`${url} could not be fetched: ${describe(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What lies beneath `fetch failed`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join(', ');
  return cause instanceof Error ? cause.message : error.message;
}
