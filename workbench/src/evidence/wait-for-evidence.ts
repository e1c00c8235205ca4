import { setTimeout as delay } from 'node:timers/promises';
import type { RunRecord } from '@snoop/snoopdb';
import { pause } from '../pause.ts';
import type { Progress } from '../progress.ts';
import { askInTime, isAway } from './outage.ts';
import type { EvidenceLimits, OutageClock } from './outage.ts';

type RunRequest = RunRecord['requests'][number];

export interface EvidenceWait {
  readonly requests: readonly RunRequest[];
  /** Audit id of the requests whose events tell the run's sources; null: they are known. */
  readonly probe: string | null;
  /** Which of these are stored with their final stage; `askRecorded` of SnoopDB. */
  readonly ask: (auditIds: readonly string[]) => Promise<Set<string>>;
  /** Why the auditlogger can store no events now, null when it can; null when nobody knows where it is. */
  readonly probeAuditlogger: (() => Promise<string | null>) | null;
  readonly limits: EvidenceLimits;
  /** Shared with the other waits of the run. */
  readonly clock: OutageClock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Why the wait ended: all is there, nothing came any more, a part was away for too long, somebody did not want to wait. */
export type EvidenceEnd = 'complete' | 'limit' | 'away' | 'aborted';

export interface Evidence {
  readonly end: EvidenceEnd;
  /** Audit ids of the requests that were answered and are not stored. */
  readonly missing: readonly string[];
  /** Also of requests without any answer, when they are stored all the same. */
  readonly recorded: number;
  readonly waitedMs: number;
  /** What was away last; null when nothing was. */
  readonly away: 'SnoopDB' | 'the auditlogger' | null;
  /** What the auditlogger said of it last; null: nothing. */
  readonly trouble: string | null;
}

/** A part that is away is asked for about so often. */
const probeEveryMs = 1_000;

/** Who interrupts a run still wants to know what it did, but not to wait for long: events arrive within 200 ms locally. */
const afterAbortMs = 3_000;

/**
 * Waits until every answered request of a run is stored with its final stage, as long as there is hope.
 *
 * A request without an answer is not waited for: nobody knows whether it reached the cluster. It is asked for all the
 * same, and counted when it is there. The limits are those of issue 'from a fresh clone to a report': without progress,
 * and longer while auditlogger or database are known to be away.
 */
export async function waitForEvidence(wait: EvidenceWait): Promise<Evidence> {
  const total = wait.requests.length;
  return wait.progress.step('waiting for the audit events', (update) =>
    new Waiting(wait, (recorded, away) => {
      update(`${recorded} of ${total} requests recorded${away === null ? '' : `, ${away} is away`}`);
    }).run(),
  );
}

class Waiting {
  readonly #wait: EvidenceWait;
  readonly #show: (recorded: number, away: Evidence['away']) => void;
  readonly #pending = new Map<string, RunRequest>();
  #probe: string | null;
  /** What seems to be recorded while the probe's events are not there: another source's events may turn out as none of these. */
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
      await this.#look();
      const askMs = performance.now() - askedAt;
      const end = this.#decide();
      if (end !== null) return this.#finish(end);
      this.#show(this.#countRecorded(), this.#away);
      // A question about many requests takes its time; the database should have some for the events, too.
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

  async #look(): Promise<void> {
    const before = this.#listOpen().length;
    let database = true;
    try {
      const asked = [...this.#pending.keys(), ...(this.#probe === null ? [] : [this.#probe])];
      const { ask, limits } = this.#wait;
      this.#take(await askInTime(limits.answerMs, () => ask(asked)));
    } catch (error) {
      if (!isAway(error)) throw error;
      database = false;
    }
    if (this.#listOpen().length < before) this.#progressAt = performance.now();
    this.#note(database ? await this.#probeAuditlogger() : 'SnoopDB');
  }

  #take(recorded: ReadonlySet<string>): void {
    if (this.#probe !== null && !recorded.has(this.#probe)) {
      this.#provisional = recorded;
      return;
    }
    if (this.#probe !== null) this.#progressAt = performance.now();
    this.#probe = null;
    this.#provisional = new Set();
    for (const id of recorded) this.#pending.delete(id);
  }

  /** Asked only when nothing arrives: while events come, it is there. */
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

  #note(away: Evidence['away']): void {
    this.#away = away;
    if (away !== null) {
      this.#lastAway = away;
      this.#hadOutage = true;
      this.#wait.clock.goneNow();
    } else if (this.#wait.clock.backNow()) {
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

/** Only a request whose answer was seen is known to have reached the cluster. */
function isAwaited(request: RunRequest): boolean {
  return request.outcome === 'answered' || request.outcome === 'open';
}
