import type { Pool } from 'pg';

/**
 * Finds the requests of a saved run that are recorded: their events are stored, or rejected, up to the final stage. The id
 * of the run's probes is included once the events of all probes are stored.
 * @returns their Audit-IDs
 */
export async function askRecorded(pool: Pool, run: string, auditIds: readonly string[]): Promise<Set<string>> {
  if (auditIds.length === 0) return new Set();
  const found = await pool.query<{ auditId: string }>(
    `select distinct audit_id as "auditId" from testing.match_run_events($1, $2) where decides and misfit is null
     union all
     select source_probe_id from testing.run
      where id = $1 and source_probe_id = any ($2)
        and cardinality(source_probe_digests) <= (select count(*) from testing.find_probe_sources($1))`,
    [run, auditIds],
  );
  return new Set(found.rows.map(({ auditId }) => auditId));
}

/** Finds the sources of the events of a saved run's cluster; empty if unknown. */
export async function askRunSources(pool: Pool, run: string): Promise<string[]> {
  const found = await pool.query<{ sources: string[] | null }>('select testing.find_run_sources($1) as sources', [run]);
  return found.rows[0]?.sources ?? [];
}

/**
 * Stores the evidence of a run that has ended, so that its report stays the same after its events are removed. Later calls
 * add evidence for requests that were not recorded before.
 */
export async function settleRun(pool: Pool, run: string): Promise<void> {
  await pool.query('select testing.settle_run($1)', [run]);
}
