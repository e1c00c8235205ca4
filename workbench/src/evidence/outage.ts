import { withDeadline, isDatabaseAway } from '@snoop/snoopdb';
import { pause } from '../pause.ts';

/** Limits of a wait for evidence. */
export interface EvidenceLimits {
  /** Nothing new arrives although auditlogger and database are available. */
  readonly noProgressMs: number;
  /** The same after an outage: the API server waits up to 40 s before it retries. */
  readonly afterOutageMs: number;
  /** All outages of auditlogger or database in a run together. */
  readonly awayMs: number;
  /** After this, a database without an answer counts as away: a frozen one keeps its connections. */
  readonly answerMs: number;
  readonly pollMs: number;
}

const defaultAfterOutageMs = 45_000;

/**
 * On the local control plane, events arrive within 200 ms; elsewhere the API server may hold a batch for 30 s.
 *
 * @param waitMs a limit without progress, instead of the default
 */
export function chooseLimits(local: boolean, waitMs?: number): EvidenceLimits {
  return {
    noProgressMs: waitMs ?? (local ? 15_000 : 45_000),
    afterOutageMs: Math.max(waitMs ?? 0, defaultAfterOutageMs),
    awayMs: 300_000,
    answerMs: 20_000,
    pollMs: 25,
  };
}

class DatabaseSilent extends Error {}

/** Whether an error means that the database is unreachable or did not answer in time. */
export function isAway(error: unknown): boolean {
  return error instanceof DatabaseSilent || isDatabaseAway(error);
}

/** Runs `work` on the database. @throws an error for which {@link isAway} is true, after `limitMs` */
export function queryInTime<T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withDeadline(limitMs, () => new DatabaseSilent(`no answer for ${Math.round(limitMs / 1000)} s`), work, signal);
}

/** Measures the outages of a run, so that several waits share one limit. */
export class OutageClock {
  readonly #limitMs: number;
  #before = 0;
  #since: number | null = null;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get away(): boolean {
    return this.#since !== null;
  }

  get expired(): boolean {
    return this.totalMs >= this.#limitMs;
  }

  get totalMs(): number {
    return this.#before + (this.#since === null ? 0 : performance.now() - this.#since);
  }

  get limitMs(): number {
    return this.#limitMs;
  }

  start(): void {
    this.#since ??= performance.now();
  }

  /** Returns whether this ended an outage. */
  stop(): boolean {
    if (this.#since === null) return false;
    this.#before += performance.now() - this.#since;
    this.#since = null;
    return true;
  }
}

/**
 * Runs `work` on the database and retries it while the database is away, until the clock expires.
 *
 * @throws the last error of `work`
 */
export async function retryWhileAway<T>(
  work: () => Promise<T>,
  options: { clock: OutageClock; limits: EvidenceLimits; onAway: (awayMs: number) => void; signal: AbortSignal },
): Promise<T> {
  for (;;) {
    try {
      const result = await queryInTime(options.limits.answerMs, work);
      options.clock.stop();
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      options.clock.start();
      if (options.clock.expired || options.signal.aborted) throw error;
      options.onAway(options.clock.totalMs);
      await pause(retryPause(options.limits), options.signal);
    }
  }
}

/** At least ten tries within the limit, at most four a second. */
function retryPause(limits: EvidenceLimits): number {
  return Math.max(limits.pollMs, Math.min(250, limits.awayMs / 10));
}
