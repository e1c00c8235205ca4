import type { Pool } from '@snoop/snoopdb';

/** The clusters whose document SnoopDB has, by the names under which their events come. */
export async function listKnownClusters(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ source: string }>('select source from testing.cluster order by source');
  return rows.map(({ source }) => source);
}
