import type { Logger } from 'pino';

/** Refused bodies are told one by one up to here, then counted: a sender that repeats them must not fill the log. */
const pauseMs = 5000;

/** Tells of bodies that were not stored, at most once in five seconds for each answer. */
export interface RefusalLog {
  /** @param reason in words; null where it might quote the body, of which nothing may come into the log */
  note(status: number, reason: string | null, source: string): void;
}

export function createRefusalLog(log: Logger): RefusalLog {
  const last = new Map<number, { at: number; untold: number }>();
  return {
    note(status, reason, source) {
      const now = performance.now();
      const before = last.get(status);
      if (before !== undefined && now - before.at < pauseMs) {
        before.untold++;
        return;
      }
      last.set(status, { at: now, untold: 0 });
      log.warn(
        {
          status,
          source,
          ...(reason === null ? {} : { reason }),
          ...(before?.untold ? { untold: before.untold } : {}),
        },
        'not stored',
      );
    },
  };
}
