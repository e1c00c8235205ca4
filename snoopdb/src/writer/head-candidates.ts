import type { Pool } from 'pg';
import type { AuditEvent } from '../events/audit-event.ts';
import { isSuccess } from '../rules/hit.ts';
import { withTransaction } from '../postgres/database.ts';

/** More are resolved when their runs are settled. */
const maxCandidates = 10_000;

/**
 * Events of live tests that may be a HEAD, which they log as a GET: the path serves both, or the request failed. The
 * rows of a run decide; they may be stored before its events.
 */
export class HeadCandidates {
  readonly #auditIds = new Set<string>();

  add(events: readonly AuditEvent[]): void {
    for (const { agent, ambiguous, slice } of events) {
      if (!agent?.isLive || slice.auditId === null || slice.stage === 'RequestReceived') continue;
      if (ambiguous === null && isSuccess(slice.code)) continue;
      if (this.#auditIds.size < maxCandidates) this.#auditIds.add(slice.auditId);
    }
  }

  /** Call it after the commit: gives events of a HEAD its endpoint. */
  async resolve(pool: Pool, lockMs: number): Promise<void> {
    if (this.#auditIds.size === 0) return;
    const auditIds = [...this.#auditIds];
    const find = `select distinct run from testing.run_request
      where method = 'HEAD' and run = any ($1) and audit_id = any ($2)`;
    const runs = [...new Set(auditIds.map((auditId) => auditId.split('.', 1)[0] ?? ''))];
    const found = await pool.query<{ run: string }>(find, [runs, auditIds]);
    for (const { run } of found.rows) {
      await withTransaction(pool, async (client) => {
        await client.query(`set local lock_timeout = ${lockMs}`);
        await client.query('select testing.resolve_heads($1)', [run]);
      });
    }
  }
}
