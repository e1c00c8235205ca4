import type { Queryable } from '../postgres/database.ts';

/** The class of a row of testing.endpoint_hit. */
export const hitClassSql = `case when useragent like 'live-test%' then 'live' when test_hit then 'e2e' else 'other' end`;

/**
 * Recounts testing.hit_quota from testing.endpoint_hit. Call it while no hits are added.
 * @returns the number of corrected counts
 */
export async function recountQuota(client: Queryable): Promise<number> {
  const changed = await client.query(
    `with counted as (
       select source, ${hitClassSql} as class, count(*) as hits from testing.endpoint_hit group by 1, 2
     ), gone as (
       update testing.hit_quota as quota set hits = 0
        where hits <> 0 and not exists (select from counted where counted.source = quota.source and counted.class = quota.class)
       returning source
     ), counted_again as (
       insert into testing.hit_quota as quota (source, class, hits)
         select source, class, hits from counted
         on conflict (source, class) do update set hits = excluded.hits where quota.hits <> excluded.hits
       returning source
     )
     select source from gone union all select source from counted_again`,
  );
  return changed.rowCount ?? 0;
}
