import type { Pool, PoolClient } from 'pg';
import { loadSourceEndpoints, readSourceVersion } from '../clusters/source-endpoints.ts';
import { interpretRequest } from '../events/audit-event.ts';
import { createSlice, type EventSlice } from '../events/event-list.ts';
import { readAgent } from '../events/test-agent.ts';
import { createHitFinder } from '../hits/find-hits.ts';
import { saveHits } from '../hits/save-hits.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockDocumentShared, lockHitsShared } from '../postgres/locks.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { chooseLimit, selectPath, limitCharacters } from './small-batch.ts';

interface UnresolvedRow {
  id: string;
  verb: string | null;
  path: string | null;
  /** Path and query, truncated. */
  request_uri: string | null;
  useragent: string | null;
  test: string | null;
  release: string | null;
  /** In microseconds since 1970. */
  requested_at: string | null;
  stage: string | null;
  code: number | null;
  is_dry_run: boolean;
}

interface EventTable {
  name: string;
  requestUri: string;
  reason: string;
  setAmbiguous: string;
  requestedAt: string;
  /** Condition for hidden events, which must not add hits again. */
  isForgotten: string;
}

const tables: readonly EventTable[] = [
  {
    name: 'testing.held_event',
    requestUri: `data ->> 'requestURI'`,
    reason: 'reason',
    setAmbiguous: 'ambiguous = again.ambiguous,',
    requestedAt: 'requested_at',
    isForgotten: 'testing.is_forgotten(audit_id, useragent, requested_at, ingested_at)',
  },
  {
    name: 'testing.held_rejection',
    requestUri: 'request_uri',
    reason: 'unresolved_reason',
    setAmbiguous: '',
    requestedAt: 'null::timestamptz',
    isForgotten: `testing.is_forgotten(audit_id, useragent, null, rejected_at at time zone 'utc')`,
  },
];

const batchRows = 2000;
/** Known verbs and stages are shorter. */
const maxWordLength = 100;
/** As in testing.endpoint_hit.sample_uri. */
const maxSampleLength = 500;

/** Condition for events that a newer document may resolve, as in the index held_event_unresolved. */
function mayResolve(reason: string): string {
  return `endpoint is null and ${reason} not in ('non-resource path', 'malformed request')`;
}

/** End of the previous batch, in the order of the index. */
interface Cursor {
  revision: string;
  id: string;
  /** Maximum number of rows of the next batch. */
  limit: number;
}

interface Batch {
  checked: number;
  resolved: number;
  /** null: no more rows. */
  last: Cursor | null;
}

/**
 * Resolves unresolved events again whose cluster has a newer OpenAPI document (or none, and the baseline has changed), and
 * adds their hits. Reads only such events, in batches with one transaction each. Safe to run concurrently.
 * @param source only events of this cluster; default: of all clusters
 */
export async function resolveAgain(pool: Pool, source?: string): Promise<{ checked: number; resolved: number }> {
  const total = { checked: 0, resolved: 0 };
  for (const one of source === undefined ? await findSources(pool) : [source]) {
    for (const table of tables) {
      let last: Cursor | null = { revision: '-1', id: '-1', limit: batchRows };
      while (last !== null) {
        const after: Cursor = last;
        const batch: Batch = await withTransaction(pool, (client) => resolveBatch(client, table, one, after));
        total.checked += batch.checked;
        total.resolved += batch.resolved;
        last = batch.last;
      }
    }
  }
  return total;
}

/**
 * Whether a saved run has unresolved requests that the newer document of their cluster may resolve. They need
 * {@link resolveAgain}, which needs the owner's rights.
 */
export async function awaitsResolution(pool: Pool, run: string): Promise<boolean> {
  const found = await pool.query<{ waits: boolean }>(
    `select exists (
       select from testing.run_request as request
         join testing.held_event as event on event.audit_id = request.audit_id and event.useragent like 'live%'
         join testing.cluster on cluster.source = event.source
        where request.run = $1 and request.method <> 'HEAD' and ${mayResolve('event.reason')}
          and event.document_revision < cluster.revision) as waits`,
    [run],
  );
  return found.rows[0]?.waits === true;
}

/** Skips through the index from source to source: few sources have many events each. */
async function findSources(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ source: string }>(
    `with recursive found (source) as (
       select min(source) from testing.held_event where ${mayResolve('reason')}
       union all
       select (select min(event.source) from testing.held_event as event
                where ${mayResolve('event.reason')} and event.source > found.source)
         from found where found.source is not null
     )
     select source from found where source is not null
     union select source from testing.held_rejection where ${mayResolve('unresolved_reason')} order by source`,
  );
  return found.rows.map((row) => row.source);
}

async function resolveBatch(client: PoolClient, table: EventTable, source: string, after: Cursor): Promise<Batch> {
  await client.query(lockDocumentShared(source));
  await client.query(lockHitsShared());
  const mark = await readSourceVersion(client, source);
  const isOutdated = `(document_revision < $2 or ($2 = 0 and ${table.reason} = 'no document'))`;
  const outdated = `
    select id, document_revision as revision, left(verb, ${maxWordLength}) as verb, ${selectPath(table.requestUri)} as path,
           left(${table.requestUri}, ${maxSampleLength}) as request_uri, useragent, test, release,
           (extract(epoch from ${table.requestedAt}) * 1e6)::bigint as requested_at, left(stage, ${maxWordLength}) as stage,
           code, is_dry_run
      from ${table.name} as event
     where source = $1 and ${mayResolve(table.reason)} and ${isOutdated}
       and (document_revision, id) > ($3::bigint, $4::bigint) and not ${table.isForgotten}
       and not exists (
         -- Its event has the verb of a GET, but testing.resolve_heads() has resolved it.
         select from testing.run_request as head
          where head.run = split_part(event.audit_id, '.', 1) and head.audit_id = event.audit_id
            and head.method = 'HEAD')
     order by document_revision, id limit $5 for update`;
  const found = await client.query<UnresolvedRow & { revision: string }>(
    limitCharacters(outdated, 'revision, id', ['path', 'useragent', 'test']),
    [source, mark.revision, after.revision, after.id, after.limit],
  );
  const rows = found.rows;
  if (rows.length === 0) return { checked: 0, resolved: 0, last: null };
  const { resolver } = await loadSourceEndpoints(client, source, mark);
  const again = rows.map((row) => resolveRow(row, resolver));
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
  // Hits belong to the release of their events: the cluster may have been upgraded since.
  for (const release of new Set(again.map((event) => event.release ?? mark.release))) {
    const origin = { source, release };
    const events = again.filter((event) => (event.release ?? mark.release) === release);
    const finder = createHitFinder(origin);
    finder.add(events);
    await saveHits(client, finder.hits, origin);
  }
  const resolved = again.filter((event) => event.endpoint !== null).length;
  const last = rows.at(-1);
  const limit = chooseLimit(rows.length, after.limit, batchRows);
  return { checked: rows.length, resolved, last: last ? { revision: last.revision, id: last.id, limit } : null };
}

function resolveRow(row: UnresolvedRow, resolver: EndpointResolver) {
  const { stage, verb, code } = row;
  const slice: EventSlice = {
    ...createSlice(),
    stage,
    verb,
    requestUri: row.request_uri,
    userAgent: row.useragent,
    code,
    requestedAt: row.requested_at === null ? null : Number(row.requested_at),
  };
  return {
    id: row.id,
    release: row.release,
    slice,
    // The writer has already found the test of a truncated name.
    agent: row.useragent === null ? null : readAgent(row.useragent, () => row.test),
    ...interpretRequest({ ...slice, requestUri: row.path }, row.is_dry_run, resolver),
  };
}
