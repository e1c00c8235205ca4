import { close, constants, createReadStream, fstat, open, read } from 'node:fs';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isSystemError } from '../errors.ts';

/**
 * Opening a FIFO that nobody writes, or reading a terminal, blocks a thread that nothing can wake: the process could not
 * even exit. With this flag neither blocks; regular files do not know the difference.
 */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

const chunkBytes = 256 * 1024;
const deviceBytes = 64 * 1024;
/** How often a device without data is asked again. */
const askAgainMs = 50;

const openFile = promisify(open);
const statFile = promisify(fstat);

/**
 * Opens what a path names: a file, a FIFO, a device. What is returned can be left at any time: nothing is blocked by it.
 * A FIFO without a writer is waited for, as `cat` does.
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
      else if (isSystemError(error, 'EAGAIN')) this.#timer = setTimeout(() => this._read(), askAgainMs);
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

/**
 * Reads a small file that a person named, such as a configuration, at once.
 * @throws an error of the system; one that says so where it is no regular file: reading a FIFO or a device may never end
 */
export function readRegularFile(path: string): string {
  const fd = openSync(path, flags);
  try {
    const found = fstatSync(fd);
    if (!found.isFile() && !found.isDirectory()) {
      throw new Error('it is a FIFO or a device, not a regular file. Save what it gives to a file, and name that');
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
