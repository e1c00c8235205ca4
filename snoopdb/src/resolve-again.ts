import type { Pool, PoolClient } from 'pg';
import { provesSuccess } from './audit-event.ts';
import { withTransaction } from './database.ts';
import { findHits, saveHits } from './endpoint-hits.ts';
import type { EndpointResolver } from './endpoint-resolver.ts';
import { holdDocument, loadSourceEndpoints, readSourceMark } from './source-endpoints.ts';
import { readAgent } from './test-agent.ts';

interface UnresolvedRow {
  id: string;
  verb: string | null;
  request_uri: string | null;
  useragent: string | null;
  stage: string | null;
  code: number | null;
  is_dry_run: boolean;
}

interface EventTable {
  name: string;
  requestUri: string;
  reason: string;
  setAmbiguous: string;
}

const tables: readonly EventTable[] = [
  {
    name: 'testing.audit_event',
    requestUri: `data ->> 'requestURI'`,
    reason: 'reason',
    setAmbiguous: 'ambiguous = again.ambiguous,',
  },
  { name: 'testing.rejected_event', requestUri: 'request_uri', reason: 'unresolved_reason', setAmbiguous: '' },
];

const batchRows = 2000;

/**
 * Resolves events that did not resolve when they came and whose cluster has a newer OpenAPI document now (or had none
 * at all), and adds the hits they prove. Works in batches, each a transaction of its own; running twice at once does no
 * harm.
 * @param source only events of this cluster; of every one unless told
 */
export async function resolveAgain(pool: Pool, source?: string): Promise<{ looked: number; resolved: number }> {
  const total = { looked: 0, resolved: 0 };
  for (const one of source === undefined ? await findSources(pool) : [source]) {
    for (const table of tables) {
      let last: string | null = '0';
      while (last !== null) {
        const after: string = last;
        const batch = await withTransaction(pool, (client) => resolveBatch(client, table, one, after));
        total.looked += batch.looked;
        total.resolved += batch.resolved;
        last = batch.last;
      }
    }
  }
  return total;
}

async function findSources(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ source: string }>(
    `select distinct source from testing.audit_event where endpoint is null and reason <> 'non-resource path'
     union select distinct source from testing.rejected_event where endpoint is null order by source`,
  );
  return found.rows.map((row) => row.source);
}

async function resolveBatch(
  client: PoolClient,
  table: EventTable,
  source: string,
  after: string,
): Promise<{ looked: number; resolved: number; last: string | null }> {
  await client.query(holdDocument(source));
  const mark = await readSourceMark(client, source);
  const found = await client.query<UnresolvedRow>(
    `select id, verb, ${table.requestUri} as request_uri, useragent, stage, code, is_dry_run
       from ${table.name}
      where source = $1 and endpoint is null and ${table.reason} <> 'non-resource path'
        and (document_revision < $2 or ${table.reason} = 'no document') and id > $3
      order by id limit ${batchRows} for update`,
    [source, mark.revision, after],
  );
  const rows = found.rows;
  if (rows.length === 0) return { looked: 0, resolved: 0, last: null };
  const { resolver } = await loadSourceEndpoints(client, source, mark);
  const again = rows.map((row) => lookAgain(row, resolver));
  await client.query(
    `update ${table.name} as event
        set endpoint = again.endpoint, ${table.reason} = again.reason, ${table.setAmbiguous}
            is_hit = again.is_hit, document_revision = $6, release = coalesce(event.release, $7)
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[])
         as again (id, endpoint, reason, ambiguous, is_hit)
      where event.id = again.id`,
    [
      again.map((event) => event.id),
      again.map((event) => event.endpoint),
      again.map((event) => event.reason),
      again.map((event) => event.ambiguous),
      again.map((event) => event.isHit),
      mark.revision,
      mark.release,
    ],
  );
  const origin = { source, release: mark.release };
  await saveHits(client, findHits(again, origin), origin);
  const resolved = again.filter((event) => event.endpoint !== null).length;
  return { looked: rows.length, resolved, last: rows.length < batchRows ? null : (rows.at(-1)?.id ?? null) };
}

function lookAgain(row: UnresolvedRow, resolver: EndpointResolver) {
  const resolution = resolver.resolve({ verb: row.verb ?? '?', requestURI: row.request_uri ?? '' });
  const { endpoint } = resolution;
  return {
    id: row.id,
    agent: row.useragent === null ? null : readAgent(row.useragent),
    endpoint,
    reason: resolution.endpoint === null ? resolution.reason : null,
    ambiguous: resolution.endpoint === null ? null : (resolution.ambiguous ?? null),
    isHit: endpoint !== null && provesSuccess(row.stage, row.code) && !row.is_dry_run,
  };
}
