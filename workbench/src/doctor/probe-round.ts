import { randomUUID } from 'node:crypto';
import { askArrivedRequests, readEventPosition } from '@snoop/snoopdb';
import type { ArrivedRequest, Pool } from '@snoop/snoopdb';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { chooseLimits, queryInTime } from '../evidence/outage.ts';
import { pause } from '../pause.ts';
import type { ProbeKind } from './probe-kinds.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import type { DoctorOptions } from './options.ts';

/** An answered request with its own Audit-ID. */
export interface SentProbe {
  readonly kind: ProbeKind;
  readonly auditId: string;
  readonly status: number;
  /** By this machine's clock, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** A probe with an event in SnoopDB. */
export interface ArrivedProbe {
  readonly probe: SentProbe;
  readonly events: readonly ArrivedRequest[];
  /** From the answer of the cluster to the first event in SnoopDB, by a clock that never jumps. */
  readonly latencyMs: number;
}

const requestTimeoutMs = 15_000;
const queryWithinMs = 10_000;
const pollMs = 25;
const maxWaitMs = 3_600_000;

/** How long a probe may take to SnoopDB. */
export function chooseWait({ waitMs }: DoctorOptions, { target }: { readonly target?: Target }): number {
  return Math.min(maxWaitMs, waitMs ?? chooseLimits(target?.kind === 'local').noProgressMs);
}

/** Probe requests, and their events. */
export class ProbeRound {
  readonly #pool: Pool;
  readonly #position: string;
  readonly #answered = new Map<string, { probe: SentProbe; at: number }>();
  readonly #arrived = new Map<string, ArrivedProbe>();

  private constructor(pool: Pool, position: string) {
    this.#pool = pool;
    this.#position = position;
  }

  /** Starts a round before its first request. */
  static async start(pool: Pool): Promise<ProbeRound> {
    return new ProbeRound(pool, await readEventPosition(pool));
  }

  get sent(): readonly SentProbe[] {
    return [...this.#answered.values()].map(({ probe }) => probe);
  }

  /** In the order of their arrival. */
  get arrived(): readonly ArrivedProbe[] {
    return [...this.#arrived.values()];
  }

  find({ auditId }: SentProbe): ArrivedProbe | undefined {
    return this.#arrived.get(auditId);
  }

  /** Sends one probe. @throws SnoopError `no_answer` */
  async send(access: ClusterAccess, kind: ProbeKind, signal: AbortSignal): Promise<SentProbe> {
    const auditId = randomUUID();
    const sentAt = Date.now();
    const { status } = await sendRaw(access, {
      ...kind.request,
      headers: { Accept: 'application/json', ...kind.request.headers, 'Audit-ID': auditId },
      ...{ timeoutMs: requestTimeoutMs, maxBytes: 16 << 20, signal },
    });
    const probe = { kind, auditId, status, sentAt, answeredAt: Date.now() };
    this.#answered.set(auditId, { probe, at: performance.now() });
    return probe;
  }

  /** Waits until `isDone`. @returns false when the limit was reached first */
  async waitUntil(isDone: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    const end = performance.now() + limitMs;
    for (;;) {
      await this.#poll();
      if (isDone()) return true;
      if (performance.now() >= end) return false;
      await pause(pollMs, signal);
      signal.throwIfAborted();
    }
  }

  async #poll(): Promise<void> {
    const ids = [...this.#answered.keys()];
    const events = await queryInTime(queryWithinMs, () => askArrivedRequests(this.#pool, ids, this.#position));
    const now = performance.now();
    for (const [auditId, { probe, at }] of this.#answered) {
      const own = events.filter((event) => event.auditId === auditId);
      if (own.length === 0) continue;
      const latencyMs = this.#arrived.get(auditId)?.latencyMs ?? Math.max(0, now - at);
      this.#arrived.set(auditId, { probe, events: own, latencyMs });
    }
  }
}
