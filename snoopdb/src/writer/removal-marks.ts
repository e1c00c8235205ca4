import type { AuditEvent } from '../events/audit-event.ts';
import type { Queryable } from '../postgres/database.ts';

/** The marks of testing.forgotten, for writers: events of removed requests that arrive late make no hits. */
export interface RemovalMarks {
  isEmpty: boolean;
  /**
   * Like testing.is_forgotten().
   * @param requestedAt when the request was received
   * @param storedAt when the event is stored, both in microseconds since 1970
   */
  hides(event: Pick<AuditEvent, 'agent' | 'slice'>, requestedAt: number | null, storedAt: number): boolean;
}

export async function loadRemovalMarks(client: Queryable): Promise<RemovalMarks> {
  const found = await client.query<{ run: string | null; agent: string | null; at: string }>(
    `select run, agent, (extract(epoch from max(forgotten_at)) * 1000000)::bigint as at
       from testing.forgotten group by run, agent`,
  );
  const runs = new Set(found.rows.flatMap((mark) => mark.run ?? []));
  const agents = new Map<string, number>();
  let all = Number.NEGATIVE_INFINITY;
  for (const { run, agent, at } of found.rows) {
    if (run !== null) continue;
    if (agent !== null) agents.set(agent, Number(at));
    else all = Number(at);
  }
  return {
    isEmpty: found.rows.length === 0,
    hides({ agent, slice }, requestedAt, storedAt) {
      const dot = slice.auditId?.indexOf('.') ?? -1;
      if (dot >= 0 && runs.has(slice.auditId?.slice(0, dot) ?? '')) return true;
      const at = Math.min(requestedAt ?? storedAt, storedAt);
      return at < all || (agent !== null && at < (agents.get(agent.name) ?? Number.NEGATIVE_INFINITY));
    },
  };
}

/** The transaction's time, in microseconds since 1970. */
export async function readTransactionTime(client: Queryable): Promise<number> {
  const found = await client.query<{ now: string }>('select (extract(epoch from now()) * 1000000)::bigint as now');
  return Number(found.rows[0]?.now);
}
