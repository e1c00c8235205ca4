import { toBuffer } from './unpack.ts';

/** A stream whose beginning can be read twice: {@link peek} keeps it for {@link readAll}. */
export class ReadAhead {
  readonly #stream: AsyncGenerator<unknown>;
  readonly #seen: Buffer[] = [];

  constructor(stream: AsyncGenerator<unknown>) {
    this.#stream = stream;
  }

  /** Yields pieces from the beginning; leaving the loop does not close the stream. */
  async *peek(): AsyncGenerator<Buffer, void, undefined> {
    yield* [...this.#seen];
    for (;;) {
      const chunk = await this.#next();
      if (chunk === null) return;
      this.#seen.push(chunk);
      yield chunk;
    }
  }

  /** Yields the whole stream, once; leaving the loop closes the stream. */
  async *readAll(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (let chunk = this.#seen.shift(); chunk !== undefined; chunk = this.#seen.shift()) yield chunk;
      for (let chunk = await this.#next(); chunk !== null; chunk = await this.#next()) yield chunk;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#stream.return(undefined);
  }

  async #next(): Promise<Buffer | null> {
    for (;;) {
      const next = await this.#stream.next();
      if (next.done) return null;
      const chunk = toBuffer(next.value);
      if (chunk.length > 0) return chunk;
    }
  }
}
