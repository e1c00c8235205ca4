import { setImmediate as nextTurn } from 'node:timers/promises';
import { extract, type Headers } from 'tar-stream';
import { toBuffer } from './unpack.ts';

/** A member of an archive. */
export interface TarEntry {
  readonly path: string;
  /** Whether it has content, in contrast to links, directories and devices. */
  readonly isFile: boolean;
  readonly bytes: number;
  /** The path of the file whose parts the content is; null: the content is the file's own. */
  readonly sparsePath: string | null;
  /** Reads the content, once, until the next entry. A truncated one ends early. */
  read(): AsyncGenerator<Buffer, void, undefined>;
  isCut(): boolean;
}

/** Of names and other metadata of one member: the library holds them in memory. */
const maxHeaderBytes = 16 * 2 ** 20;
const maxMembers = 1_000_000;
const maxBytes = 64 * 2 ** 30;
/** The end of an archive: two blocks of zeros. */
const endBytes = 1024;

/** What of tar-stream's entries is read; they are streams of streamx. */
interface EntryStream {
  read(): unknown;
  on(event: 'readable' | 'error' | 'close', listener: (error?: Error) => void): unknown;
}

/** The entry at which the reader is. */
interface OpenEntry {
  readonly stream: EntryStream;
  readonly headers: Headers & { readonly pax?: Readonly<Record<string, string>> };
  readonly advance: () => void;
  left: number;
}

/**
 * Reads a tar archive with tar-stream, in bounded memory. A piece is passed on only when all output of the one before has
 * been read: at a truncated end the library drops what it has not yet delivered.
 */
export class TarReader {
  readonly #pieces: AsyncGenerator<Buffer>;
  readonly #onRead: () => void;
  readonly #extract = extract({ highWaterMark: 1 });
  #begun: OpenEntry | null = null;
  #current: OpenEntry | null = null;
  #failure: Error | null = null;
  #wake = (): void => {};
  /** Whether the library waits for a piece. */
  #isIdle = true;
  #hasEnded = false;
  #members = 0;
  #bytes = 0;
  #bytesSinceEntry = 0;
  #allowedBytes = maxHeaderBytes;
  #endZeros = 0;

  constructor(pieces: AsyncGenerator<Buffer>, onRead: () => void) {
    this.#pieces = pieces;
    this.#onRead = onRead;
    // The library has errors only for headers.
    const fail = (): void => {
      this.#failure ??= new Error('a header in it is damaged');
      this.#wake();
    };
    this.#extract.on('error', fail);
    this.#extract.on('drain', () => {
      this.#isIdle = true;
      this.#wake();
    });
    this.#extract.on('entry', (headers: Headers, stream: EntryStream, advance: () => void) => {
      stream.on('error', fail);
      stream.on('readable', () => this.#wake());
      stream.on('close', () => this.#wake());
      const { size } = headers;
      // A size that is not a number would make the library wait forever.
      if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
        fail();
        return;
      }
      this.#members += 1;
      this.#bytesSinceEntry = 0;
      this.#allowedBytes = size + maxHeaderBytes;
      this.#begun = { stream, headers, advance, left: headers.type === 'directory' ? 0 : size };
      this.#wake();
    });
  }

  /** Whether the archive ended without its mark. */
  get isCut(): boolean {
    return this.#hasEnded && this.#endZeros < endBytes;
  }

  /** Skips the rest of the current entry. @returns null at the end */
  async next(): Promise<TarEntry | null> {
    if (this.#current !== null) {
      for await (const _skipped of this.#readContent(this.#current));
      this.#current.stream.read();
      this.#current.advance();
      this.#current = null;
    }
    while (this.#begun === null) {
      if (!(await this.#move())) return null;
    }
    if (this.#members > maxMembers) throw new Error(`it has more than ${maxMembers} members`);
    const entry = this.#begun;
    this.#current = entry;
    this.#begun = null;
    return this.#describe(entry);
  }

  close(): void {
    this.#extract.destroy();
    // Not awaited: an input that hangs would hang this too.
    this.#pieces.return(undefined).catch(() => {});
  }

  #describe(entry: OpenEntry): TarEntry {
    const { name, type, size = 0, pax } = entry.headers;
    const isSparse = pax?.['GNU.sparse.major'] !== undefined || pax?.['GNU.sparse.size'] !== undefined;
    // The library does not know the type S, which GNU tar used for sparse files.
    const isOldSparse = type === null;
    return {
      path: name,
      isFile: type === 'file' || type === 'contiguous-file' || isOldSparse,
      bytes: size,
      sparsePath: isSparse ? (pax?.['GNU.sparse.name'] ?? name) : isOldSparse ? name : null,
      read: () => this.#readContent(entry),
      isCut: () => this.#hasEnded && entry.left > 0,
    };
  }

  async *#readContent(entry: OpenEntry): AsyncGenerator<Buffer, void, undefined> {
    while (entry.left > 0) {
      const changed = this.#waitForChange();
      const chunk = entry.stream.read();
      if (chunk !== null) {
        const piece = toBuffer(chunk);
        entry.left -= piece.length;
        yield piece;
      } else if (!(await this.#move(changed))) return;
    }
  }

  #waitForChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Passes a piece on if the library waits for one, else waits for the library. @returns false at the end */
  async #move(changed = this.#waitForChange()): Promise<boolean> {
    if (this.#failure !== null) throw this.#failure;
    if (!this.#isIdle) {
      await changed;
      return true;
    }
    if (this.#hasEnded) return false;
    const next = await this.#pieces.next();
    if (next.done) {
      this.#hasEnded = true;
      // What the library has still to deliver arrives in this turn.
      await nextTurn();
      return true;
    }
    this.#pass(next.value);
    return true;
  }

  #pass(piece: Buffer): void {
    this.#onRead();
    this.#bytes += piece.length;
    this.#bytesSinceEntry += piece.length;
    if (this.#bytes > maxBytes) throw new Error('it is larger than 64 GiB unpacked');
    if (this.#bytesSinceEntry > this.#allowedBytes) {
      throw new Error(`a header in it is larger than ${maxHeaderBytes} bytes`);
    }
    const last = piece.findLastIndex((byte) => byte !== 0);
    this.#endZeros = last === -1 ? this.#endZeros + piece.length : piece.length - 1 - last;
    this.#isIdle = piece.length === 0;
    if (piece.length > 0) this.#extract.write(piece);
  }
}
