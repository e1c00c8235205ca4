import type { PoolClient } from 'pg';
import { loadReleaseResolver } from '../clusters/source-endpoints.ts';
import { type Interpretation, interpretRequest } from '../events/audit-event.ts';
import { rebuildLoadedHits } from '../hits/rebuild.ts';
import { lockHitsExclusive } from '../postgres/locks.ts';
import type { EndpointResolver } from '../resolver/endpoint-resolver.ts';
import { chooseLimit, selectPath, limitCharacters } from './small-batch.ts';

/** Result of resolving loaded events again. */
export interface ResolveCounts {
  /** Number of events of the release, including rejected ones. */
  checked: number;
  /** Number of them that resolve differently now. */
  changed: number;
}

interface EventRow {
  id: string;
  endpoint: string | null;
  reason: string | null;
  /** Not stored for rejected events. */
  ambiguous?: string | null;
  verb: string | null;
  request_uri: string | null;
  stage: string | null;
  code: number | null;
  is_dry_run: boolean | null;
  is_hit: boolean | null;
}

/** Queries for a table of loaded events. In `select`, $1 is the release and $2 the part. */
interface EventTable {
  part: number;
  select: string;
  update: string;
}

const batchRows = 5000;

const again = `unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[])
  as again (id, endpoint, reason, ambiguous, is_hit)`;

const loadedEvents: Omit<EventTable, 'part'> = {
  select: `select id, left(coalesce(verb, data ->> 'verb'), 100) as verb, ${selectPath(`data ->> 'requestURI'`)} as request_uri,
                  left(coalesce(stage, data ->> 'stage'), 100) as stage, code, is_dry_run, endpoint, reason, ambiguous, is_hit
             from public.audit_event where release = $1 and part = $2`,
  update: `update public.audit_event as event
              set endpoint = again.endpoint, reason = again.reason, ambiguous = again.ambiguous, is_hit = again.is_hit
             from ${again} where event.part = $1 and event.id = again.id`,
};

// Rejected lines that are not events have no verb.
const rejectedEvents: Omit<EventTable, 'part'> = {
  select: `select id, left(verb, 100) as verb, ${selectPath('request_uri')} as request_uri, left(stage, 100) as stage, code, is_dry_run, endpoint, unresolved_reason as reason, is_hit
             from public.rejected_event
            where verb is not null and request_uri is not null
              and file in (select file.id from public.loaded_file as file where file.release = $1 and file.part = $2)`,
  update: `update public.rejected_event as event
              set endpoint = again.endpoint, unresolved_reason = again.reason, is_hit = again.is_hit
             from ${again}, public.loaded_file as file
            where event.id = again.id and file.id = event.file and file.part = $1`,
};

/**
 * Resolves the loaded events of a release again, with its new endpoints, and rebuilds their hits. The caller has replaced
 * the endpoints in the same transaction. Concurrent loads of events wait for its end.
 */
export async function resolveLoadedEvents(client: PoolClient, release: string): Promise<ResolveCounts> {
  // Needed to delete hits; it also waits for transactions that are storing events.
  await client.query(lockHitsExclusive());
  const total: ResolveCounts = { checked: 0, changed: 0 };
  const resolver = await loadReleaseResolver(client, release);
  for (const part of await findParts(client, release)) {
    for (const place of [loadedEvents, rejectedEvents]) {
      const done = await resolveTable(client, release, { part, ...place }, resolver);
      total.checked += done.checked;
      total.changed += done.changed;
    }
  }
  if (total.changed > 0) {
    await countResolved(client, release);
    await rebuildLoadedHits(client, release);
  }
  return total;
}

/** Small files share part 0. */
async function findParts(client: PoolClient, release: string): Promise<number[]> {
  const found = await client.query<{ part: number }>(
    `select 0 as part union
     select part from public.loaded_file where what = 'audit' and state = 'loaded' and release = $1 and part is not null
      order by part`,
    [release],
  );
  return found.rows.map((row) => row.part);
}

async function resolveTable(
  client: PoolClient,
  release: string,
  { part, select, update }: EventTable,
  resolver: EndpointResolver,
): Promise<ResolveCounts> {
  const total: ResolveCounts = { checked: 0, changed: 0 };
  let rows: EventRow[] = [];
  let last = '-1';
  let limit = batchRows;
  const batch = limitCharacters(`${select} and id > $3 order by id limit $4`, 'id', ['request_uri']);
  do {
    const found = await client.query<EventRow>(batch, [release, part, last, limit]);
    rows = found.rows;
    last = rows.at(-1)?.id ?? last;
    limit = chooseLimit(rows.length, limit, batchRows);
    const changed = rows.flatMap((row) => resolveRow(row, resolver) ?? []);
    total.checked += rows.length;
    total.changed += changed.length;
    if (changed.length === 0) continue;
    await client.query(update, [
      part,
      changed.map((event) => event.id),
      changed.map((event) => event.endpoint),
      changed.map((event) => event.reason),
      changed.map((event) => event.ambiguous),
      changed.map((event) => event.isHit),
    ]);
  } while (rows.length > 0);
  return total;
}

/** @returns null if nothing has changed */
function resolveRow(row: EventRow, resolver: EndpointResolver): (Interpretation & { id: string }) | null {
  const { verb, request_uri: requestUri, stage, code } = row;
  const now = interpretRequest({ verb, requestUri, stage, code }, row.is_dry_run === true, resolver);
  const isSame =
    now.endpoint === row.endpoint &&
    now.reason === row.reason &&
    now.isHit === row.is_hit &&
    (row.ambiguous === undefined || now.ambiguous === row.ambiguous);
  return isSame ? null : { id: row.id, ...now };
}

/** Only for large files: events of small files do not record their file. */
async function countResolved(client: PoolClient, release: string): Promise<void> {
  await client.query(
    `update public.loaded_file as file
        set resolved = (select count(*) from public.audit_event as event
                         where event.part = file.part and event.endpoint is not null)
      where file.what = 'audit' and file.state = 'loaded' and file.release = $1 and file.part > 0`,
    [release],
  );
}
