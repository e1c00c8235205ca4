import { type AuditloggerAddress, probeAuditlogger } from '../evidence/auditlogger-state.ts';
import { type EvidenceLimits, isAway, queryInTime } from '../evidence/outage.ts';
import { pause } from '../pause.ts';

export interface WaitOptions {
  readonly limits: EvidenceLimits;
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
  { limits, auditlogger, signal, onCount }: WaitOptions,
): Promise<WaitEnd> {
  let best = 0;
  let trouble: string | null = null;
  let hadOutage = false;
  let awayMs = 0;
  let progressAt = performance.now();
  let probedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const began = performance.now();
    let away: string | null = null;
    try {
      const now = await queryInTime(limits.answerMs, count, signal);
      if (now > best) progressAt = performance.now();
      best = Math.max(best, now);
      onCount(best);
      if (best >= wanted) return { end: 'all', count: best, trouble: null };
    } catch (error) {
      if (signal.aborted) return { end: 'interrupted', count: best, trouble };
      if (!isAway(error)) throw error;
      away = 'SnoopDB does not answer';
    }
    if (away === null && auditlogger !== null && began - probedAt > probeEveryMs && began - progressAt > probeEveryMs) {
      probedAt = began;
      const problem = await probeAuditlogger(auditlogger);
      if (problem !== null) away = `the auditlogger cannot store events: ${problem}`;
    }
    if (signal.aborted) return { end: 'interrupted', count: best, trouble };
    const tookMs = performance.now() - began;
    await pause(Math.max(minPollMs, tookMs), signal);
    if (away === null) {
      const limit = hadOutage ? limits.afterOutageMs : limits.noProgressMs;
      if (performance.now() - progressAt > limit) return { end: 'limit', count: best, trouble };
      continue;
    }
    trouble = away;
    hadOutage = true;
    awayMs += performance.now() - began;
    // After an outage the API server retries late.
    progressAt = performance.now();
    if (awayMs > limits.awayMs) return { end: 'away', count: best, trouble };
  }
}
