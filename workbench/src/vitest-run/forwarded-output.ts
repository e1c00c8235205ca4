import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

/**
 * Hands on what vitest prints. Vitest colours its output wherever it goes; a file or a pipe gets plain text here.
 * It also pipes each worker's output into this stream, and the first worker that ends would end it for all others.
 */
export class ForwardedOutput extends Writable {
  readonly #stream: NodeJS.WritableStream;
  readonly #coloured: boolean;

  constructor(stream: NodeJS.WritableStream) {
    super({ decodeStrings: false });
    this.#stream = stream;
    this.#coloured = 'isTTY' in stream && stream.isTTY === true;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    this.#stream.write(this.#coloured ? text : stripVTControlCharacters(text));
    done();
  }

  override end(): this {
    return this;
  }
}
