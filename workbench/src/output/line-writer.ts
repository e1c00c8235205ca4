/** Writes as fast as the reader reads, and notices when there is no reader any more. */
export interface LineWriter {
  /** Resolves when there is room for more; to false when nobody reads any more. */
  write(text: string): Promise<boolean>;
  /** Lets go of the stream; it is not closed. */
  end(): void;
}

/** What is wrong with the stream itself (a full disk) is said where the process is known: here it only ends the writing. */
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
        // A broken pipe is told in the next turn.
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
