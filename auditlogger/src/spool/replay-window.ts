/** Limits the bodies and bytes in flight; a larger body runs alone. */
export interface ReplayWindow {
  /** Waits for room, then runs the work concurrently. The work must not throw. */
  run(bytes: number, work: () => Promise<void>): Promise<void>;
  /** Waits for all running work. */
  empty(): Promise<void>;
}

export function createReplayWindow(most: { bodies: number; bytes: number }): ReplayWindow {
  const inFlight = new Set<Promise<void>>();
  let inFlightBytes = 0;
  return {
    async run(bytes, work) {
      while (inFlight.size > 0 && (inFlight.size >= most.bodies || inFlightBytes + bytes > most.bytes)) {
        await Promise.race(inFlight);
      }
      inFlightBytes += bytes;
      const working = work().finally(() => {
        inFlightBytes -= bytes;
        inFlight.delete(working);
      });
      inFlight.add(working);
    },
    async empty() {
      await Promise.all(inFlight);
    },
  };
}
