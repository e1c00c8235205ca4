/** Writes with backpressure, and notices when the reader has gone. */
export interface LineWriter {
  /** Resolves when the stream takes more; false when the reader has gone. */
  write(text: string): Promise<boolean>;
  /** Removes its listeners; the stream stays open. */
  end(): void;
}

/** Stream errors (a full disk) are reported by the process; here they only end the writing. */
export function createLineWriter(stream: NodeJS.WritableStream): LineWriter {
  let isGone = false;
  const onGone = (): void => {
    isGone = true;
  };
  stream.on('error', onGone).on('close', onGone);
  return {
    async write(text) {
      if (isGone || !stream.writable) return false;
      if (stream.write(text)) {
        // A broken pipe is reported in the next turn.
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            for (const event of ['drain', 'error', 'close']) stream.off(event, done);
            resolve();
          };
          for (const event of ['drain', 'error', 'close']) stream.on(event, done);
          if (isGone) done();
        });
      }
      return !isGone;
    },
    end() {
      stream.off('error', onGone).off('close', onGone);
    },
  };
}
