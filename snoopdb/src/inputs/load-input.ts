import { Readable } from 'node:stream';
import { SnoopDbError, toError } from '../errors.ts';
import { explainSystemError } from '../system-error.ts';
import { refuseUtf16 } from './encoding.ts';
import { ReadAhead } from './read-ahead.ts';
import { recognizeTar } from './recognize-tar.ts';
import { maxInputBytes, refuseExcess } from './refuse-excess.ts';
import { unpack } from './unpack.ts';

/** An input: a file, the answer of a URL, or standard input. */
export interface LoadInput {
  /** The name, for people; a directory's files begin with its name. */
  readonly name: string;
  /** Size before unpacking; null if unknown (a URL's becomes known when it is opened). */
  readonly bytes: number | null;
  readonly isRepeatable: boolean;
  /**
   * Reads the input from its beginning; gzip is recognized and unpacked.
   * @param onCut called at the end if a gzip file is truncated, after what could be unpacked. Without it that is an
   *   error
   * @throws SnoopDbError `unreadable_input`, also for UTF-16; the signal's reason when that is aborted
   */
  open(signal?: AbortSignal, onCut?: () => void): AsyncGenerator<Buffer, void, undefined>;
  /**
   * Reads up to the first byte that is neither blank nor zero, or a megabyte, and keeps it for {@link open}. Call
   * {@link close} if the input is not opened afterwards.
   * @returns `archive`: a tar archive, see openArchive; `cut off`: a truncated gzip file without any content
   * @throws SnoopDbError like {@link open}
   */
  peek(signal?: AbortSignal): Promise<'something' | 'archive' | 'nothing' | 'cut off'>;
  /** Releases what {@link peek} holds. */
  close(): Promise<void>;
  /** Bytes read since {@link open}, before unpacking: progress towards {@link bytes}. */
  rawBytesRead(): number;
}

/** A stream of an input's bytes, and their number if it is known only now. */
export interface OpenedStream {
  stream: AsyncIterable<unknown>;
  bytes?: number | null;
}

/** More leading blanks than this count as content. */
const maxBlankBytes = 2 ** 20;

/**
 * Creates an input from what opens it.
 * @param options.pipedTo see FindOptions
 * @param knownBytes null: unknown
 */
export function createInput(
  name: string,
  { pipedTo }: { readonly pipedTo?: string },
  knownBytes: number | null,
  isRepeatable: boolean,
  openRaw: (signal?: AbortSignal) => OpenedStream | Promise<OpenedStream>,
): LoadInput {
  let bytes = knownBytes;
  let rawBytes = 0;
  let ahead: ReadAhead | null = null;
  /** Packed bytes that were unpacked so far: a few may take long. Null: not packed, or all are unpacked. */
  let unpackedBytes: number | null = null;
  let isPacked = false;
  const noteUnpacked = (bytes: number | null): void => {
    unpackedBytes = bytes;
    isPacked = true;
  };
  async function* countRaw(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      rawBytes += chunk.length;
      yield chunk;
    }
  }
  const begin = async (signal: AbortSignal | undefined): Promise<ReadAhead> => {
    signal?.throwIfAborted();
    if (knownBytes !== null && knownBytes > maxInputBytes) throw new Error('it is larger than 64 GiB');
    const opened = await openRaw(signal);
    if (opened.bytes !== undefined) bytes = opened.bytes;
    return new ReadAhead(untilAborted(opened.stream, signal));
  };
  async function* read(raw: AsyncIterable<Buffer>, onCut: (() => void) | undefined): AsyncGenerator<Buffer> {
    rawBytes = 0;
    unpackedBytes = null;
    isPacked = false;
    const unpacked = unpack(countRaw(raw), { onUnpacked: noteUnpacked, onCut });
    const bounded = refuseExcess(unpacked, () => rawBytes);
    yield* refuseUtf16(bounded, () => ({ name, isPacked, pipedTo }));
  }
  const explain = (error: unknown, signal: AbortSignal | undefined): unknown =>
    signal?.aborted === true ? signal.reason : createReadError(name, error);
  return {
    name,
    isRepeatable,
    get bytes() {
      return bytes;
    },
    rawBytesRead: () => unpackedBytes ?? rawBytes,
    async *open(signal, onCut) {
      try {
        const begun = ahead ?? (await begin(signal));
        ahead = null;
        yield* read(begun.readAll(), onCut);
      } catch (error) {
        throw explain(error, signal);
      }
    },
    async peek(signal) {
      try {
        ahead ??= await begin(signal);
        let isCut = false;
        let blankBytes = 0;
        const onCut = (): void => {
          isCut = true;
        };
        let head = Buffer.alloc(0);
        for await (const piece of read(ahead.peek(), onCut)) {
          if (head.length > 0 || !isBlank(piece)) {
            head = Buffer.concat([head, piece]);
            const isTar = recognizeTar(head);
            if (isTar !== null) return isTar ? 'archive' : 'something';
          } else {
            blankBytes += piece.length;
            if (blankBytes > maxBlankBytes) return 'something';
          }
        }
        if (head.length > 0) return 'something';
        return isCut ? 'cut off' : 'nothing';
      } catch (error) {
        await ahead?.close();
        ahead = null;
        throw explain(error, signal);
      }
    },
    async close() {
      await ahead?.close();
      ahead = null;
    },
  };
}

function isBlank(piece: Buffer): boolean {
  return piece.every((byte) => byte === 0 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Ends with the signal's reason at once, even if the next piece never comes. */
async function* untilAborted(stream: AsyncIterable<unknown>, signal: AbortSignal | undefined): AsyncGenerator<unknown> {
  if (!signal) {
    yield* stream;
    return;
  }
  const pieces = stream[Symbol.asyncIterator]();
  let giveUp = (_reason: unknown): void => {};
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      // A new promise for each piece: one for the whole stream would keep every piece in memory.
      const next = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        giveUp = reject;
        pieces.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a stream that hangs would hang this too.
    if (stream instanceof Readable) stream.destroy();
    else pieces.return?.().catch(() => {});
  }
}

export function createReadError(name: string, cause: unknown): SnoopDbError {
  if (cause instanceof SnoopDbError) return cause;
  const error = toError(cause);
  // fetch only says "fetch failed"; the reason is its cause.
  const reason =
    error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : explainSystemError(error);
  return new SnoopDbError('unreadable_input', `${name} cannot be read: ${reason}. Nothing was loaded.`, {
    cause,
  });
}
