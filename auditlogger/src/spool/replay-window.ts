/** Lets so many bodies, and so many bytes of them, be under way at once; one that is larger goes alone. */
export interface ReplayWindow {
  /** Waits for room, then runs the work beside the caller. The work must not throw. */
  run(bytes: number, work: () => Promise<void>): Promise<void>;
  /** Waits for all that is under way. */
  empty(): Promise<void>;
}

export function createReplayWindow(most: { bodies: number; bytes: number }): ReplayWindow {
  const underWay = new Set<Promise<void>>();
  let underWayBytes = 0;
  return {
    async run(bytes, work) {
      while (underWay.size > 0 && (underWay.size >= most.bodies || underWayBytes + bytes > most.bytes)) {
        await Promise.race(underWay);
      }
      underWayBytes += bytes;
      const working = work().finally(() => {
        underWayBytes -= bytes;
        underWay.delete(working);
      });
      underWay.add(working);
    },
    async empty() {
      await Promise.all(underWay);
    },
  };
}
