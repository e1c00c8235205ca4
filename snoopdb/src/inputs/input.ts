import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { SnoopDbError, toError } from '../errors.ts';
import { explainSystemError } from '../system-error.ts';
import { openNamedFile } from './named-file.ts';
import { refuseUtf16 } from './encoding.ts';
import { ReadAhead } from './read-ahead.ts';
import { createPatience } from './patience.ts';
import { unpack } from './unpack.ts';

/** Something to load from: a file, the answer of a URL, or standard input. */
export interface LoadInput {
  /** As it was named, for people; of a directory's files the directory's name comes first. */
  readonly name: string;
  /** Size as it lies there, still packed; null when it is not known (a URL's is known once it is opened). */
  readonly bytes: number | null;
  /** Whether {@link open} may be called again. */
  readonly isRepeatable: boolean;
  /**
   * Reads it from its beginning, unpacked when it begins as gzip does.
   * @param onCut told at the end when a packed input ends too soon: what could be unpacked came out before. Without it
   *   that is an error
   * @throws SnoopDbError `unreadable_input` while it is read, also when it is UTF-16; the signal's reason when that was
   *   aborted
   */
  open(signal?: AbortSignal, onCut?: () => void): AsyncGenerator<Buffer, void, undefined>;
  /**
   * Reads on to the first byte that is neither blank nor zero, or for a megabyte, and keeps what it read for {@link open};
   * to be closed when it is not opened afterwards.
   * @returns what there is; `cut off`: a packed input that ends before anything could be unpacked
   * @throws SnoopDbError as {@link open}
   */
  lookInside(signal?: AbortSignal): Promise<'something' | 'nothing' | 'cut off'>;
  /** Lets go of what {@link lookInside} holds. */
  close(): Promise<void>;
  /** Bytes that what came out so far was made of since it was opened last, still packed: to be compared with {@link bytes}. */
  rawBytesRead(): number;
}

export interface FindOptions {
  /** Where relative names begin. */
  cwd: string;
  stdin: NodeJS.ReadableStream;
  /** Which files of a directory are meant, for example `['.json']`, with or without `.gz` behind it; all unless told. */
  extensions?: readonly string[];
  /** The command that reads what is named from standard input, for errors whose way out is a pipe: `snoop resolve -`. */
  pipedTo?: string;
}

/**
 * Finds what a person named: a file, a directory (its files and those below it, by name), an http or https URL, or `-`
 * for standard input.
 * @throws SnoopDbError `unreadable_input` when there is no such thing, or a directory without a file
 */
export async function findInputs(what: string, options: FindOptions): Promise<LoadInput[]> {
  if (what === '-') return [createInput('standard input', options, null, false, () => ({ stream: options.stdin }))];
  if (/^https?:\/\//i.test(what)) return [createUrlInput(what, options)];
  const path = resolve(options.cwd, what);
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(what, cause);
  });
  if (!found.isDirectory()) return [createFileInput(what, path, found.isFile() ? found.size : null, options)];
  const inputs: LoadInput[] = [];
  for (const name of await listFiles(path, what)) {
    if (!isMeant(name, options.extensions)) continue;
    const file = join(path, name);
    const { size } = await stat(file).catch((cause: unknown) => {
      throw unreadable(join(what, name), cause);
    });
    inputs.push(createFileInput(join(what, name), file, size, options));
  }
  if (inputs.length === 0) {
    const wanted = options.extensions ? ` whose name ends in ${options.extensions.join(', ')} (or that and .gz)` : '';
    throw new SnoopDbError('unreadable_input', `${what} has no file${wanted}. Name the files, or another directory.`);
  }
  return inputs;
}

/**
 * Reads the whole of a document.
 * @param options.maxBytes unpacked: what is larger is refused while it is read, so that a small packed file cannot fill
 *   the memory
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
        `${input.name} is larger than ${options.maxBytes} bytes when unpacked: it cannot be the document that was asked for.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

interface Opened {
  stream: AsyncIterable<unknown>;
  bytes?: number | null;
}

/** More blanks than that at its beginning are taken for something. */
const mostBlankBytes = 2 ** 20;

function createInput(
  name: string,
  { pipedTo }: FindOptions,
  knownBytes: number | null,
  isRepeatable: boolean,
  openRaw: (signal?: AbortSignal) => Opened | Promise<Opened>,
): LoadInput {
  let bytes = knownBytes;
  let rawBytes = 0;
  let ahead: ReadAhead | null = null;
  /** A few packed bytes may be worked on for long: so many of them were unpacked; null: it is not packed, or all were. */
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
    const unpacked = unpack(countRaw(raw), { note: noteUnpacked, onCut });
    yield* refuseUtf16(unpacked, () => ({ name, isPacked, pipedTo }));
  }
  const explain = (error: unknown, signal: AbortSignal | undefined): unknown =>
    signal?.aborted === true ? signal.reason : unreadable(name, error);
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
    async lookInside(signal) {
      try {
        ahead ??= await begin(signal);
        let isCut = false;
        let blankBytes = 0;
        const onCut = (): void => {
          isCut = true;
        };
        for await (const piece of read(ahead.look(), onCut)) {
          blankBytes += piece.length;
          if (blankBytes > mostBlankBytes || !isBlank(piece)) return 'something';
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

/** Ends with the signal's reason as soon as it is aborted, though the next piece may never come. */
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
      // A promise for each piece: one that lives as long as the stream would keep all pieces that it was raced with.
      const next = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        giveUp = reject;
        pieces.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: what hangs would hang here too.
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
  // Names are printed and stored; a query may be a signature.
  return createInput(`${url.origin}${url.pathname}`, options, null, true, async (signal) => {
    const patience = createPatience(signal);
    const answer = await patience.wait(fetch(url, { headers, signal: patience.signal }));
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      throw new Error(`the server answered ${answer.status} ${answer.statusText}`.trim());
    }
    const length = answer.headers.get('content-length');
    // What the transport has packed is unpacked before we see it: its length is that of something else.
    const isPlain = (answer.headers.get('content-encoding') ?? 'identity') === 'identity';
    return { stream: patience.read(answer.body), bytes: isPlain && length !== null ? Number(length) : null };
  });
}

/** Node's own recursive listing follows links to folders since version 26. */
async function listFiles(path: string, name: string): Promise<string[]> {
  const names: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(path, below), { withFileTypes: true })) {
      const file = join(below, entry.name);
      if (entry.isDirectory()) await walk(file);
      // A link to a file is meant; one to a directory could lead round in a circle.
      else if (entry.isFile() || (entry.isSymbolicLink() && (await isFileBehind(join(path, file))))) names.push(file);
    }
  };
  try {
    await walk('');
    return names.sort();
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

async function isFileBehind(link: string): Promise<boolean> {
  return stat(link).then(
    (found) => found.isFile(),
    () => false,
  );
}

function isMeant(name: string, extensions: readonly string[] | undefined): boolean {
  return !extensions || extensions.some((extension) => name.endsWith(extension) || name.endsWith(`${extension}.gz`));
}

function unreadable(name: string, cause: unknown): SnoopDbError {
  if (cause instanceof SnoopDbError) return cause;
  const error = toError(cause);
  // fetch says "fetch failed" and has the reason as its cause.
  const reason =
    error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : explainSystemError(error);
  return new SnoopDbError('unreadable_input', `${name} cannot be read: ${reason}. Nothing of it was loaded.`, {
    cause,
  });
}
