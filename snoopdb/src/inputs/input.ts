import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { SnoopDbError, toError } from '../errors.ts';
import { explainSystemError } from '../system-error.ts';
import { openNamedFile } from './named-file.ts';
import { refuseUtf16, stdinName } from './encoding.ts';
import { createIdleTimeout } from './idle-timeout.ts';
import { ReadAhead } from './read-ahead.ts';
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
   * @returns `cut off`: a truncated gzip file without any content
   * @throws SnoopDbError like {@link open}
   */
  peek(signal?: AbortSignal): Promise<'something' | 'nothing' | 'cut off'>;
  /** Releases what {@link peek} holds. */
  close(): Promise<void>;
  /** Bytes read since {@link open}, before unpacking: progress towards {@link bytes}. */
  rawBytesRead(): number;
}

export interface FindOptions {
  /** Base of relative names. */
  cwd: string;
  stdin: NodeJS.ReadableStream;
  /** Which files of a directory are read, for example `['.json']`, also with `.gz`; default: all. */
  extensions?: readonly string[];
  /** The command that reads such an input from standard input, for advice: `snoop resolve -`. */
  pipedTo?: string;
}

/**
 * Finds the inputs of an argument: a file, a directory (its files, recursively, by name), an http or https URL, or `-`
 * for standard input.
 * @throws SnoopDbError `unreadable_input` if there is no such thing, or no file in the directory
 */
export async function findInputs(what: string, options: FindOptions): Promise<LoadInput[]> {
  if (what === '-') return [createInput(stdinName, options, null, false, () => ({ stream: options.stdin }))];
  if (/^https?:\/\//i.test(what)) return [createUrlInput(what, options)];
  const path = resolve(options.cwd, what);
  const found = await stat(path).catch((cause: unknown) => {
    throw createReadError(what, cause);
  });
  if (!found.isDirectory()) return [createFileInput(what, path, found.isFile() ? found.size : null, options)];
  const inputs: LoadInput[] = [];
  for (const name of await listFiles(path, what)) {
    if (!hasExtension(name, options.extensions)) continue;
    const file = join(path, name);
    const { size } = await stat(file).catch((cause: unknown) => {
      throw createReadError(join(what, name), cause);
    });
    inputs.push(createFileInput(join(what, name), file, size, options));
  }
  if (inputs.length === 0) {
    const wanted = options.extensions ? ` whose name ends in ${options.extensions.join(', ')} (or with .gz)` : '';
    throw new SnoopDbError('unreadable_input', `${what} has no file${wanted}. Name files, or another directory.`);
  }
  return inputs;
}

/**
 * Reads a whole document.
 * @param options.maxBytes limit while unpacking, so that a small gzip file cannot fill the memory
 * @throws SnoopDbError `unreadable_input`
 */
export async function readInput(
  input: LoadInput,
  options: { maxBytes: number; signal?: AbortSignal },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input.open(options.signal)) {
    bytes += chunk.length;
    if (bytes > options.maxBytes) {
      throw new SnoopDbError(
        'unreadable_input',
        `${input.name} is larger than ${options.maxBytes} bytes unpacked, which is the limit for such a document.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

interface OpenedStream {
  stream: AsyncIterable<unknown>;
  bytes?: number | null;
}

/** More leading blanks than this count as content. */
const maxBlankBytes = 2 ** 20;

function createInput(
  name: string,
  { pipedTo }: FindOptions,
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
    const opened = await openRaw(signal);
    if (opened.bytes !== undefined) bytes = opened.bytes;
    return new ReadAhead(untilAborted(opened.stream, signal));
  };
  async function* read(raw: AsyncIterable<Buffer>, onCut: (() => void) | undefined): AsyncGenerator<Buffer> {
    rawBytes = 0;
    unpackedBytes = null;
    isPacked = false;
    const unpacked = unpack(countRaw(raw), { onUnpacked: noteUnpacked, onCut });
    yield* refuseUtf16(unpacked, () => ({ name, isPacked, pipedTo }));
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
        for await (const piece of read(ahead.peek(), onCut)) {
          blankBytes += piece.length;
          if (blankBytes > maxBlankBytes || !isBlank(piece)) return 'something';
        }
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

function createFileInput(name: string, path: string, bytes: number | null, options: FindOptions): LoadInput {
  return createInput(name, options, bytes, bytes !== null, async () => ({ stream: await openNamedFile(path) }));
}

function createUrlInput(given: string, options: FindOptions): LoadInput {
  const url = new URL(given);
  const { username, password } = url;
  const headers: Record<string, string> = {};
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  // Names are printed and stored, and a query may contain a signature.
  return createInput(`${url.origin}${url.pathname}`, options, null, true, async (signal) => {
    const idleTimeout = createIdleTimeout(signal);
    const answer = await idleTimeout.wait(fetch(url, { headers, signal: idleTimeout.signal }));
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      throw new Error(`the server answered ${answer.status} ${answer.statusText}`.trim());
    }
    const length = answer.headers.get('content-length');
    // fetch unpacks the transport's encoding, so the length is of other bytes.
    const isPlain = (answer.headers.get('content-encoding') ?? 'identity') === 'identity';
    return { stream: idleTimeout.read(answer.body), bytes: isPlain && length !== null ? Number(length) : null };
  });
}

/** Not Node's recursive readdir, which follows links to folders since version 26. */
async function listFiles(path: string, name: string): Promise<string[]> {
  const names: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(path, below), { withFileTypes: true })) {
      const file = join(below, entry.name);
      if (entry.isDirectory()) await walk(file);
      // Links to files count; links to directories could form a loop.
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(join(path, file))))) names.push(file);
    }
  };
  try {
    await walk('');
    return names.sort();
  } catch (cause) {
    throw createReadError(name, cause);
  }
}

async function isLinkToFile(link: string): Promise<boolean> {
  return stat(link).then(
    (found) => found.isFile(),
    () => false,
  );
}

function hasExtension(name: string, extensions: readonly string[] | undefined): boolean {
  return !extensions || extensions.some((extension) => name.endsWith(extension) || name.endsWith(`${extension}.gz`));
}

function createReadError(name: string, cause: unknown): SnoopDbError {
  if (cause instanceof SnoopDbError) return cause;
  const error = toError(cause);
  // fetch only says "fetch failed"; the reason is its cause.
  const reason =
    error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : explainSystemError(error);
  return new SnoopDbError('unreadable_input', `${name} cannot be read: ${reason}. Nothing was loaded.`, {
    cause,
  });
}
