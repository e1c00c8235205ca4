import type { Pool } from '../../src/index.ts';

/** A hash of all rows that documents are loaded into: equal hashes mean that nothing has changed. */
export async function digestTables(pool: Pool): Promise<string> {
  const tables = [
    'public.release_data',
    'public.release_calendar',
    'public.open_api',
    'public.published_level',
    'public.endpoint_hit',
    'public.endpoint_tested',
    'public.baseline',
    'public.loaded_file',
    'conformance.list',
    'conformance.listed_test',
    'conformance.listed_ineligible',
    'conformance.listed_pending',
    'conformance.history_data',
    'conformance.endpoint_history',
    'conformance.endpoint_history_test',
  ];
  const parts = tables.map(
    (table) => `(select coalesce(md5(string_agg(t::text, ',' order by t::text)), '') from ${table} as t)`,
  );
  const found = await pool.query<{ digest: string }>(`select concat_ws(' ', ${parts.join(', ')}) as digest`);
  return found.rows[0]?.digest ?? '';
}
