import { SnoopDbError } from '../errors.ts';

/** Notices that nothing happens any more. */
export interface StallWatch {
  /** Aborted, with a SnoopDbError `stalled`, when there was no progress for too long. */
  readonly signal: AbortSignal;
  /** To be called whenever something happened. */
  readonly progress: () => void;
  stop(): void;
}

/**
 * Watches work on a connection. A server that is stopped, or a network that swallows all, is never heard of again, and
 * `statement_timeout` does not end a COPY that waits for data: only a clock on this side tells.
 */
export function startStallWatch(stallMs: number): StallWatch {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const seconds = Math.round(stallMs / 1000);
    controller.abort(new SnoopDbError('stalled', `the database did nothing for ${seconds} s`));
  }, stallMs);
  return { signal: controller.signal, progress: () => timer.refresh(), stop: () => clearTimeout(timer) };
}
