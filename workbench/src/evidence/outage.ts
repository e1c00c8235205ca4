import { withDeadline, isDatabaseAway } from '@snoop/snoopdb';
import { pause } from '../pause.ts';

/** How long things are waited for, in milliseconds. */
export interface EvidenceLimits {
  /** Nothing new arrives though auditlogger and database are there. */
  readonly noProgressMs: number;
  /** The same after an outage: the API server's own back-off before it sends again is up to 40 s. */
  readonly afterOutageMs: number;
  /** Auditlogger or database are away, all outages of a run together. */
  readonly awayMs: number;
  /** A database that does not answer within this is away, too: a frozen one keeps its connections. */
  readonly answerMs: number;
  /** Between two looks. */
  readonly pollMs: number;
}

/** On our own control plane events arrive within 200 ms; elsewhere the API server may hold a batch for 30 s. */
export function chooseLimits(local: boolean): EvidenceLimits {
  return {
    noProgressMs: local ? 15_000 : 45_000,
    afterOutageMs: 45_000,
    awayMs: 300_000,
    answerMs: 20_000,
    pollMs: 25,
  };
}

class DatabaseSilent extends Error {}

/** Whether an error says that the database cannot be reached now, or gave no answer in time. */
export function isAway(error: unknown): boolean {
  return error instanceof DatabaseSilent || isDatabaseAway(error);
}

/** What the database answers, or an error of the kind "away" when that takes longer than `limitMs`. */
export function askInTime<T>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withDeadline(limitMs, () => new DatabaseSilent(`no answer for ${Math.round(limitMs / 1000)} s`), work, signal);
}

/** Adds up how long parts were away in one run, so that several waits share one limit. */
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

  goneNow(): void {
    this.#since ??= performance.now();
  }

  /** Returns whether an outage ended with this. */
  backNow(): boolean {
    if (this.#since === null) return false;
    this.#before += performance.now() - this.#since;
    this.#since = null;
    return true;
  }
}

/**
 * Does `work` on the database, again and again while the database is away, as long as the clock allows.
 *
 * @throws what `work` threw last, when the clock has expired or the error is another one
 */
export async function persist<T>(
  work: () => Promise<T>,
  options: { clock: OutageClock; limits: EvidenceLimits; onAway: (awayMs: number) => void; signal: AbortSignal },
): Promise<T> {
  for (;;) {
    try {
      const result = await askInTime(options.limits.answerMs, work);
      options.clock.backNow();
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      options.clock.goneNow();
      if (options.clock.expired || options.signal.aborted) throw error;
      options.onAway(options.clock.totalMs);
      await pause(retryPause(options.limits), options.signal);
    }
  }
}

/** Ten looks fit into a limit, however small it is made; never more than four a second. */
function retryPause(limits: EvidenceLimits): number {
  return Math.max(limits.pollMs, Math.min(250, limits.awayMs / 10));
}
