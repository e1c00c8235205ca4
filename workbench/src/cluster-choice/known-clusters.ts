import type { Pool } from '@snoop/snoopdb';

/** Lists the sources whose OpenAPI document SnoopDB has. */
export async function listKnownClusters(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ source: string }>('select source from testing.cluster order by source');
  return rows.map(({ source }) => source);
}
