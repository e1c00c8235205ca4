import type { Pool } from '@snoop/snoopdb';

/**
 * The source under which the events of these requests arrived, or most of them: what the auditlogger calls their
 * cluster. null when none arrived.
 */
export async function findSource(pool: Pool, auditIds: readonly string[]): Promise<string | null> {
  const { rows } = await pool.query<{ source: string }>(
    `select source from testing.audit_event
      where audit_id = any($1) and useragent like 'live%' and useragent like 'live-test%' and source is not null
      group by source order by count(*) desc, source limit 1`,
    [auditIds],
  );
  return rows[0]?.source ?? null;
}
