/** A server that sends nothing for so long is given up. */
const patienceMs = 60_000;

export interface Patience {
  signal: AbortSignal;
  wait<T>(work: Promise<T>): Promise<T>;
  read(stream: AsyncIterable<unknown>): AsyncGenerator<unknown>;
}

/** Ends what waits for a server that says nothing; time that the reader takes for itself does not count. */
export function createPatience(signal: AbortSignal | undefined): Patience {
  const end = new AbortController();
  const wait = async <T>(work: Promise<T>): Promise<T> => {
    const giveUp = (): void => end.abort(new Error(`the server sent nothing for ${patienceMs / 1000} s`));
    const timer = setTimeout(giveUp, patienceMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    signal: signal ? AbortSignal.any([signal, end.signal]) : end.signal,
    wait,
    async *read(stream) {
      const pieces = stream[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await wait(pieces.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await pieces.return?.();
      }
    },
  };
}
