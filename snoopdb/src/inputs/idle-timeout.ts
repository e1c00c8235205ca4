const windowMs = 60_000;
/** Less in a minute is a server that keeps the connection only open. */
const minBytes = 64 * 1024;

export interface IdleTimeout {
  signal: AbortSignal;
  wait<T>(work: Promise<T>): Promise<T>;
  read(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

/**
 * Aborts requests to a server that sends nothing for a minute, or less than 64 KiB in a minute. Delays of the reader do not
 * count.
 */
export function createIdleTimeout(
  signal: AbortSignal | undefined,
  limits: { readonly windowMs: number } = { windowMs },
): IdleTimeout {
  const end = new AbortController();
  const wait = async <T>(work: Promise<T>, ms = limits.windowMs, what = 'nothing for'): Promise<T> => {
    const giveUp = (): void => end.abort(new Error(`the server sent ${what} ${limits.windowMs / 1000} s`));
    const timer = setTimeout(giveUp, ms);
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
      let waitedMs = 0;
      let bytes = 0;
      try {
        for (;;) {
          const began = performance.now();
          const what = bytes === 0 ? 'nothing for' : `only ${bytes} bytes in`;
          const next = await wait(pieces.next(), Math.max(1, limits.windowMs - waitedMs), what);
          if (next.done) return;
          waitedMs += performance.now() - began;
          bytes += next.value.length;
          if (bytes >= minBytes) [waitedMs, bytes] = [0, 0];
          yield next.value;
        }
      } finally {
        await pieces.return?.();
      }
    },
  };
}
