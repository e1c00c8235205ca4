const idleTimeoutMs = 60_000;

export interface IdleTimeout {
  signal: AbortSignal;
  wait<T>(work: Promise<T>): Promise<T>;
  read(stream: AsyncIterable<unknown>): AsyncGenerator<unknown>;
}

/** Aborts requests to a server that sends nothing for a minute. Delays of the reader do not count. */
export function createIdleTimeout(signal: AbortSignal | undefined): IdleTimeout {
  const end = new AbortController();
  const wait = async <T>(work: Promise<T>): Promise<T> => {
    const giveUp = (): void => end.abort(new Error(`the server sent nothing for ${idleTimeoutMs / 1000} s`));
    const timer = setTimeout(giveUp, idleTimeoutMs);
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
