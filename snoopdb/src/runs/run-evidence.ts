import type { Pool } from 'pg';

/**
 * Which requests of a saved run are recorded: their own events are stored up to their final stage, in the table or among
 * the rejected ones. The id of the run's probes is among the answers when the events of all of them are there.
 * @returns their audit ids
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

/** The names under which the events of a saved run's cluster arrive, as far as they are known. */
export async function askRunSources(pool: Pool, run: string): Promise<string[]> {
  const found = await pool.query<{ sources: string[] | null }>('select testing.find_run_sources($1) as sources', [run]);
  return found.rows[0]?.sources ?? [];
}

/**
 * Keeps the evidence of a run that has ended, so that its report stays the same when its events are gone. Again: adds
 * what came since for requests that were not recorded.
 */
export async function settleRun(pool: Pool, run: string): Promise<void> {
  await pool.query('select testing.settle_run($1)', [run]);
}
