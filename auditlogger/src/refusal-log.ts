import type { Logger } from 'pino';

/** Within this time, further refusals with one status are only counted: a retrying sender must not fill the log. */
const pauseMs = 5000;

/** Logs bodies that were not stored, at most once per status in five seconds. */
export interface RefusalLog {
  /** @param reason null when it might quote the body, which must not be logged */
  note(status: number, reason: string | null, source: string): void;
}

export function createRefusalLog(log: Logger): RefusalLog {
  const last = new Map<number, { at: number; suppressed: number }>();
  return {
    note(status, reason, source) {
      const now = performance.now();
      const before = last.get(status);
      if (before !== undefined && now - before.at < pauseMs) {
        before.suppressed++;
        return;
      }
      last.set(status, { at: now, suppressed: 0 });
      log.warn(
        {
          status,
          source,
          ...(reason === null ? {} : { reason }),
          ...(before?.suppressed ? { suppressed: before.suppressed } : {}),
        },
        'not stored',
      );
    },
  };
}
