import { close, constants, createReadStream, fstat, open, read } from 'node:fs';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isSystemError } from '../errors.ts';

/**
 * Without this flag, opening a FIFO without a writer or reading a terminal blocks a thread forever, and the process
 * could not exit. Regular files ignore it.
 */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

const chunkBytes = 256 * 1024;
const deviceBytes = 64 * 1024;
/** How often a device without data is read again. */
const retryMs = 50;

const openFile = promisify(open);
const statFile = promisify(fstat);

/**
 * Opens a file, a FIFO or a device. The stream can be destroyed at any time without blocking. Waits until a FIFO has a
 * writer, as `cat` does.
 */
export async function openNamedFile(path: string): Promise<Readable> {
  const fd = await openFile(path, flags);
  const found = await statFile(fd);
  if (found.isFIFO()) return new Socket({ fd, readable: true, writable: false });
  if (found.isCharacterDevice()) return new DeviceReader(fd);
  return createReadStream(path, { fd, highWaterMark: chunkBytes });
}

class DeviceReader extends Readable {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(deviceBytes);
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;

  constructor(fd: number) {
    super({ highWaterMark: deviceBytes });
    this.#fd = fd;
  }

  override _read(): void {
    this.#isReading = true;
    read(this.#fd, this.#buffer, 0, deviceBytes, null, (error, bytes) => {
      this.#isReading = false;
      if (this.destroyed) this.emit('read end');
      else if (isSystemError(error, 'EAGAIN')) this.#timer = setTimeout(() => this._read(), retryMs);
      else if (error) this.destroy(error);
      else this.push(bytes === 0 ? null : Buffer.from(this.#buffer.subarray(0, bytes)));
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    const end = (): void => close(this.#fd, (failure) => done(error ?? failure));
    if (this.#isReading) this.once('read end', end);
    else end();
  }
}

/** Of configurations and other small files. */
const maxSmallBytes = 64 << 20;

/**
 * Reads a small file, such as a configuration.
 * @throws an error of the system; an Error if it is larger than `maxBytes`, or a FIFO or a device: reading it might never
 *   end
 */
export function readRegularFile(path: string, maxBytes = maxSmallBytes): string {
  const fd = openSync(path, flags);
  try {
    const found = fstatSync(fd);
    if (!found.isFile() && !found.isDirectory()) {
      throw new Error('it is a FIFO or a device, not a regular file. Save its content to a file and name that');
    }
    return readUpTo(fd, maxBytes).toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/** Not by the size of the file: those of /proc have none, and another process may write. */
function readUpTo(fd: number, maxBytes: number): Buffer {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(chunkBytes);
    const count = readSync(fd, piece, 0, chunkBytes, null);
    if (count === 0) return Buffer.concat(pieces, bytes);
    bytes += count;
    if (bytes > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    pieces.push(count === chunkBytes ? piece : Buffer.from(piece.subarray(0, count)));
  }
}
