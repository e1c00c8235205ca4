import { SnoopDbError } from '../errors.ts';

/** Detects that work makes no progress. */
export interface StallWatch {
  /** Aborted with a SnoopDbError `stalled` when there was no progress for too long. */
  readonly signal: AbortSignal;
  /** Call it on each progress. */
  readonly progress: () => void;
  stop(): void;
}

/**
 * Watches work on a connection. A suspended server or a network that drops packets never reports an error, and
 * `statement_timeout` does not end a COPY that waits for data, so the client needs its own timer.
 */
export function startStallWatch(stallMs: number): StallWatch {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const seconds = Math.round(stallMs / 1000);
    controller.abort(new SnoopDbError('stalled', `the database did nothing for ${seconds} s`));
  }, stallMs);
  return { signal: controller.signal, progress: () => timer.refresh(), stop: () => clearTimeout(timer) };
}
