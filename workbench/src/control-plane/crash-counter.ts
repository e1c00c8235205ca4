const windowMs = 60_000;
const maxCrashes = 5;
const firstPauseMs = 200;
const longestPauseMs = 5000;

/** Decides whether a part that crashed is started again. */
export interface CrashCounter {
  /** Notes a crash. Returns how long to wait before the next start, in milliseconds; null when it crashes too often. */
  count(): number | null;
}

/** A part that crashes five times within a minute will not get better by being started again. */
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
