/**
 * A sender's time, which runs faster than ours: what takes a sender four minutes must not take a test four minutes.
 * The receiver's work cannot be scaled, so while a request is under way the sender's time runs as ours does. A scale of
 * any size therefore leaves the receiver all the time that the real sender would give it. What is not left out is how late
 * a busy machine is with our own timers, times the scale; only a clock that jumps, of scale Infinity, is never late.
 */
export interface ScaledClock {
  /** Milliseconds of this clock since it was made. */
  now(): number;
  /** Resolves after so much of this clock's time; rejects with the signal's reason when that comes first. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs work that is not scaled: time is ours meanwhile. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work that takes no time at all by this clock, such as starting a server that is said to be back by then. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/**
 * @param scale how many times faster it runs than ours; 1: it is ours; Infinity: it jumps from the end of one wait to the
 *   end of the next
 */
export function createScaledClock(scale: number): ScaledClock {
  const alarms = new Set<Alarm>();
  let elapsed = 0;
  let since = performance.now();
  let underWay = 0;
  let holds = 0;
  let timer: NodeJS.Timeout | undefined;

  const speed = (): number => {
    if (holds > 0) return 0;
    return underWay > 0 ? 1 : scale;
  };
  const settle = (): number => {
    const real = performance.now();
    if (Number.isFinite(speed())) elapsed += (real - since) * speed();
    since = real;
    return elapsed;
  };
  const arm = (): void => {
    clearTimeout(timer);
    if (alarms.size === 0 || speed() === 0) return;
    timer = setTimeout(ring, Math.max(0, Math.ceil((findNext() - settle()) / speed())));
  };
  const findNext = (): number => {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of alarms) next = Math.min(next, at);
    return next;
  };
  const ring = (): void => {
    if (!Number.isFinite(speed())) elapsed = Math.max(elapsed, findNext());
    const now = settle();
    const due = [...alarms].filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
    // One that rings may silence another.
    for (const alarm of due) if (alarms.delete(alarm)) alarm.ring();
    arm();
  };
  const changeSpeed = (change: () => void): void => {
    const before = speed();
    settle();
    change();
    if (speed() !== before) arm();
  };

  return {
    now: settle,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = (): void => {
          alarms.delete(alarm);
          reject(signal?.reason);
        };
        const alarm: Alarm = {
          at: settle() + ms,
          ring: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        alarms.add(alarm);
        arm();
      }),
    async during(work) {
      changeSpeed(() => underWay++);
      try {
        return await work();
      } finally {
        changeSpeed(() => underWay--);
      }
    },
    async hold(work) {
      changeSpeed(() => holds++);
      try {
        return await work();
      } finally {
        changeSpeed(() => holds--);
      }
    },
  };
}
