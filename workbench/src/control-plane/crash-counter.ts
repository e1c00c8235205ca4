const windowMs = 60_000;
const maxCrashes = 5;
const firstPauseMs = 200;
const longestPauseMs = 5000;

/** Decides whether to restart a crashed part. */
export interface CrashCounter {
  /** Counts a crash. Returns the milliseconds to wait before the restart; null when it crashes too often. */
  count(): number | null;
}

/** Gives up on a part that crashes five times within a minute. */
export function createCrashCounter(now: () => number = () => performance.now()): CrashCounter {
  let crashes: number[] = [];
  return {
    count() {
      crashes = [...crashes.filter((at) => now() - at < windowMs), now()];
      if (crashes.length >= maxCrashes) return null;
      return Math.min(longestPauseMs, firstPauseMs * 2 ** (crashes.length - 1));
    },
  };
}
