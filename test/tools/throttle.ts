import type { ScaledClock } from './scaled-clock.ts';

/** A bucket of tokens that fills with time; who takes from an empty one waits (client-go/util/flowcontrol). */
export interface Throttle {
  take(): Promise<void>;
}

export function createThrottle(clock: ScaledClock, perSecond: number, burst: number): Throttle {
  let tokens = burst;
  let filledAt = clock.now();
  return {
    async take() {
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond) - 1;
      filledAt = now;
      if (tokens < 0) await clock.wait((-tokens / perSecond) * 1000);
    },
  };
}
