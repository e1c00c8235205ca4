import { setTimeout as delay } from 'node:timers/promises';
import type { RunRecord } from '@snoop/snoopdb';
import { pause } from '../pause.ts';
import type { Progress } from '../progress.ts';
import { queryInTime, isAway } from './outage.ts';
import type { EvidenceLimits, OutageClock } from './outage.ts';

type RunRequest = RunRecord['requests'][number];

export interface EvidenceWait {
  readonly requests: readonly RunRequest[];
  /** Audit id of the requests whose events reveal the run's sources; null: the sources are known. */
  readonly probe: string | null;
  /** Finds which of these are stored with their final stage. */
  readonly findRecorded: (auditIds: readonly string[]) => Promise<Set<string>>;
  /** Returns why the auditlogger cannot store events; null: it can. null when its address is unknown. */
  readonly probeAuditlogger: (() => Promise<string | null>) | null;
  readonly limits: EvidenceLimits;
  /** Shared with the other waits of the run. */
  readonly clock: OutageClock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Why the wait ended: all recorded, nothing more arrived, a part was away for too long, or the user interrupted. */
export type EvidenceEnd = 'complete' | 'limit' | 'away' | 'aborted';

export interface Evidence {
  readonly end: EvidenceEnd;
  /** Audit ids of answered requests that are not stored. */
  readonly missing: readonly string[];
  /** Includes stored requests that got no answer. */
  readonly recorded: number;
  readonly waitedMs: number;
  /** What was away last; null: nothing. */
  readonly away: 'SnoopDB' | 'the auditlogger' | null;
  /** The auditlogger's last reason; null: none. */
  readonly trouble: string | null;
}

const probeEveryMs = 1_000;

/** An interrupted run still gets its report, after a short wait: locally, events arrive within 200 ms. */
const afterAbortMs = 3_000;

/**
 * Waits until every answered request of a run is stored with its final stage. The limit is for a wait without progress;
 * it is longer while auditlogger or database are away.
 *
 * A request without an answer may not have reached the cluster: it is counted if it is stored, but does not prolong
 * the wait.
 */
export async function waitForEvidence(wait: EvidenceWait): Promise<Evidence> {
  const total = wait.requests.length;
  return wait.progress.step('waiting for the audit events', (update) =>
    new EvidenceWaiter(wait, (recorded, away) => {
      update(`${recorded} of ${total} requests recorded${away === null ? '' : `, ${away} is away`}`);
    }).run(),
  );
}

class EvidenceWaiter {
  readonly #wait: EvidenceWait;
  readonly #show: (recorded: number, away: Evidence['away']) => void;
  readonly #pending = new Map<string, RunRequest>();
  #probe: string | null;
  /** What seems recorded until the probe's events reveal the source: the events may be another source's. */
  #provisional: ReadonlySet<string> = new Set();
  readonly #started = performance.now();
  #progressAt = performance.now();
  #probedAt = Number.NEGATIVE_INFINITY;
  #away: Evidence['away'] = null;
  #lastAway: Evidence['away'] = null;
  #hadOutage = false;
  #trouble: string | null = null;

  constructor(wait: EvidenceWait, show: (recorded: number, away: Evidence['away']) => void) {
    this.#wait = wait;
    this.#show = show;
    this.#probe = wait.requests.length === 0 ? null : wait.probe;
    for (const request of wait.requests) this.#pending.set(request.auditId, request);
    this.#hadOutage = wait.clock.totalMs > 0;
  }

  async run(): Promise<Evidence> {
    const { limits, signal, clock } = this.#wait;
    for (;;) {
      const askedAt = performance.now();
      await this.#poll();
      const askMs = performance.now() - askedAt;
      const end = this.#decide();
      if (end !== null) return this.#finish(end);
      this.#show(this.#countRecorded(), this.#away);
      // A query about many requests takes long; leave the database time to store events.
      const waitMs = clock.away ? limits.pollMs * 4 : Math.max(limits.pollMs, askMs);
      await (signal.aborted ? delay(waitMs) : pause(waitMs, signal));
    }
  }

  #decide(): EvidenceEnd | null {
    const { clock, limits, signal } = this.#wait;
    if (this.#listAwaited().length === 0 && this.#away !== 'SnoopDB') return 'complete';
    if (signal.aborted && (clock.away || performance.now() - this.#started >= afterAbortMs)) return 'aborted';
    if (clock.expired && clock.away) return 'away';
    if (clock.away) return null;
    const limit = this.#hadOutage ? limits.afterOutageMs : limits.noProgressMs;
    return performance.now() - this.#progressAt >= limit ? 'limit' : null;
  }

  async #poll(): Promise<void> {
    const before = this.#listOpen().length;
    let database = true;
    try {
      const asked = [...this.#pending.keys(), ...(this.#probe === null ? [] : [this.#probe])];
      const { findRecorded, limits } = this.#wait;
      this.#remove(await queryInTime(limits.answerMs, () => findRecorded(asked)));
    } catch (error) {
      if (!isAway(error)) throw error;
      database = false;
    }
    if (this.#listOpen().length < before) this.#progressAt = performance.now();
    this.#recordAway(database ? await this.#probeAuditlogger() : 'SnoopDB');
  }

  #remove(recorded: ReadonlySet<string>): void {
    if (this.#probe !== null && !recorded.has(this.#probe)) {
      this.#provisional = recorded;
      return;
    }
    if (this.#probe !== null) this.#progressAt = performance.now();
    this.#probe = null;
    this.#provisional = new Set();
    for (const id of recorded) this.#pending.delete(id);
  }

  /** Probes only while nothing arrives. */
  async #probeAuditlogger(): Promise<Evidence['away']> {
    const { probeAuditlogger: probe, limits } = this.#wait;
    if (probe === null || this.#listAwaited().length === 0) return null;
    const now = performance.now();
    const every = Math.min(probeEveryMs, limits.noProgressMs / 10);
    if (now - this.#progressAt < every) return null;
    if (now - this.#probedAt < every) return this.#away === 'the auditlogger' ? this.#away : null;
    this.#probedAt = now;
    const trouble = await probe();
    if (trouble !== null) this.#trouble = trouble;
    return trouble === null ? null : 'the auditlogger';
  }

  #recordAway(away: Evidence['away']): void {
    this.#away = away;
    if (away !== null) {
      this.#lastAway = away;
      this.#hadOutage = true;
      this.#wait.clock.start();
    } else if (this.#wait.clock.stop()) {
      this.#progressAt = performance.now();
    }
  }

  #listAwaited(): string[] {
    return [...this.#listMissing(), ...(this.#probe === null ? [] : [this.#probe])];
  }

  #countRecorded(): number {
    return this.#wait.requests.length - this.#listOpen().length;
  }

  #listOpen(): RunRequest[] {
    return [...this.#pending.values()].filter(({ auditId }) => !this.#provisional.has(auditId));
  }

  #listMissing(): string[] {
    return this.#listOpen()
      .filter(isAwaited)
      .map(({ auditId }) => auditId);
  }

  #finish(end: EvidenceEnd): Evidence {
    return {
      end,
      missing: this.#listMissing(),
      recorded: this.#countRecorded(),
      waitedMs: performance.now() - this.#started,
      away: end === 'away' ? this.#away : this.#lastAway,
      trouble: this.#trouble,
    };
  }
}

/** An answer proves that the request reached the cluster. */
function isAwaited(request: RunRequest): boolean {
  return request.outcome === 'answered' || request.outcome === 'open';
}
