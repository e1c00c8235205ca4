import type { Pool } from '@snoop/snoopdb';

/**
 * The sources under which the events of these requests arrived, the one of most events first: what their cluster is
 * called, by each of its kube-apiservers.
 */
export async function findSources(pool: Pool, auditIds: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ source: string }>(
    `select source from testing.audit_event
      where audit_id = any($1) and useragent like 'live%' and useragent like 'live-test%' and source is not null
      group by source order by count(*) desc, source`,
    [auditIds],
  );
  return rows.map(({ source }) => source);
}
