import { type AuditloggerAddress, probeAuditlogger } from '../evidence/auditlogger-state.ts';
import { type EvidenceLimits, isAway, type OutageClock, queryInTime } from '../evidence/outage.ts';
import { pause } from '../pause.ts';

export interface WaitOptions {
  readonly limits: EvidenceLimits;
  /** Of all waits together, so that they end in bounded time. */
  readonly outages: OutageClock;
  /** null: it cannot be reached from here. */
  readonly auditlogger: AuditloggerAddress | null;
  readonly signal: AbortSignal;
  /** Called with every count. */
  onCount(count: number): void;
}

/** How a wait ended. */
export interface WaitEnd {
  readonly end: 'all' | 'limit' | 'away' | 'interrupted';
  readonly count: number;
  /** What was wrong last; null: nothing was. */
  readonly trouble: string | null;
}

/** Counting 200,000 events takes a second; it must not be all that the database does. */
const minPollMs = 200;
const probeEveryMs = 1_000;

/**
 * Waits until a count reaches a number: as long as it grows, or SnoopDB or the auditlogger are away within their limit.
 *
 * @param count asks SnoopDB
 */
export async function waitForCount(
  wanted: number,
  count: () => Promise<number>,
  { limits, outages, auditlogger, signal, onCount }: WaitOptions,
): Promise<WaitEnd> {
  let best = 0;
  let trouble: string | null = null;
  let grownAt = performance.now();
  // After an outage the API server retries late.
  let quietSince = grownAt;
  const probe = createProbe(auditlogger);
  for (;;) {
    const began = performance.now();
    let away: string | null = null;
    try {
      const now = await queryInTime(limits.answerMs, count, signal);
      if (now > best) grownAt = performance.now();
      best = Math.max(best, now);
      onCount(best);
      if (best >= wanted) {
        outages.stop();
        return { end: 'all', count: best, trouble: null };
      }
      if (began - grownAt > probeEveryMs) away = await probe();
    } catch (error) {
      if (signal.aborted) return { end: 'interrupted', count: best, trouble };
      if (!isAway(error)) throw error;
      away = 'SnoopDB does not answer';
    }
    if (signal.aborted) return { end: 'interrupted', count: best, trouble };
    if (away === null) {
      outages.stop();
      const limit = outages.totalMs > 0 ? limits.afterOutageMs : limits.noProgressMs;
      if (performance.now() - Math.max(grownAt, quietSince) > limit) return { end: 'limit', count: best, trouble };
    } else {
      trouble = away;
      outages.start();
      quietSince = performance.now();
      if (outages.expired) return { end: 'away', count: best, trouble };
    }
    await pause(Math.max(minPollMs, performance.now() - began), signal);
  }
}

/** Asks the auditlogger once a second. @returns why it cannot store events; null: it can */
function createProbe(auditlogger: AuditloggerAddress | null): () => Promise<string | null> {
  let probedAt = Number.NEGATIVE_INFINITY;
  let problem: string | null = null;
  return async () => {
    if (auditlogger === null || performance.now() - probedAt < probeEveryMs) return problem;
    const found = await probeAuditlogger(auditlogger);
    probedAt = performance.now();
    problem = found === null ? null : `the auditlogger cannot store events: ${found}`;
    return problem;
  };
}
