import type { Pool } from 'pg';
import { type PoolClient, type Queryable, withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive, lockReleasesExclusive } from '../postgres/locks.ts';
import { identifyEndpoint, mapEndpoints, nameEndpoints } from '../resolver/endpoint-names.ts';
import type { ResolvableOperation } from '../resolver/endpoint-trie.ts';

/** The operations of baselines, which label the endpoints of all sources, with or without their own document. */
export interface BaselineOperations {
  inUse: readonly ResolvableOperation[];
  /** Only in former baselines; older events may refer to them. */
  former: readonly ResolvableOperation[];
}

/** The operations of a cluster's documents, with their operationIds or their labels. */
export interface ClusterOperations {
  served: readonly ResolvableOperation[];
  /** Only in former documents. */
  removed: readonly ResolvableOperation[];
}

/** A changed label of an endpoint in live rows. */
export interface Renaming {
  /** null: all sources without their own document. */
  source: string | null;
  before: string;
  after: string;
}

const noOperations: ClusterOperations = { served: [], removed: [] };

/**
 * Maps the identity of each endpoint of a source to its label. Labels are unique. Served operations take precedence over
 * removed ones, and these over operations of former baselines.
 */
export function labelEndpoints(
  { served, removed }: ClusterOperations,
  { inUse, former }: BaselineOperations,
): Map<string, string> {
  const labels = new Map<string, string>();
  const named = [...inUse];
  for (const operations of [served, removed, former]) {
    const labelled = nameEndpoints(operations, named);
    addLabels(labels, labelled);
    named.push(...labelled);
  }
  // Last: if a baseline has two names for an endpoint, the one in the document is used.
  addLabels(labels, inUse);
  return labels;
}

function addLabels(labels: Map<string, string>, operations: readonly ResolvableOperation[]): void {
  for (const [identity, { endpoint }] of mapEndpoints(operations)) {
    if (!labels.has(identity)) labels.set(identity, endpoint);
  }
}

/** Lists the endpoints whose label has changed. */
export function compareLabels(
  source: string | null,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Renaming[] {
  return [...before].flatMap(([identity, label]) => {
    const now = after.get(identity) ?? label;
    return now === label ? [] : [{ source, before: label, after: now }];
  });
}

/** Reads the operations that currently label live events. */
export async function readBaselineOperations(client: Queryable): Promise<BaselineOperations> {
  const found = await client.query<ResolvableOperation & { in_use: boolean }>(
    'select endpoint, method, path, deprecated, in_use from testing.baseline_endpoint',
  );
  return {
    inUse: found.rows.filter((row) => row.in_use),
    former: found.rows.filter((row) => !row.in_use),
  };
}

/**
 * Reads the operations of a cluster's documents.
 * @param by what to return as `endpoint`: the operationId of the document, or the label
 */
export async function readClusterOperations(
  client: Queryable,
  source: string,
  by: 'operation_id' | 'endpoint',
): Promise<ClusterOperations> {
  const found = await client.query<ResolvableOperation & { removed: boolean }>(
    `select ${by === 'endpoint' ? 'endpoint' : 'coalesce(operation_id, endpoint)'} as endpoint, method, path, deprecated, removed_at is not null as removed
       from testing.cluster_endpoint where source = $1`,
    [source],
  );
  return { served: found.rows.filter((row) => !row.removed), removed: found.rows.filter((row) => row.removed) };
}

/**
 * Labels the endpoints of all live rows by the baseline in use: a row then has the baseline's label if and only if its
 * method and path are in the baseline. Marks events that the new baseline may resolve for resolveAgain(). Call it in the
 * transaction that may have changed the baseline, under the lock of {@link lockReleasesExclusive}. Writers wait meanwhile.
 */
export async function followBaseline(client: PoolClient): Promise<void> {
  if (!(await isOutdated(client))) return;
  await client.query(lockHitsExclusive());
  await renameByBaseline(client);
}

/** Like {@link followBaseline}, without a check for changes. The transaction must also hold {@link lockHitsExclusive}. */
export async function renameByBaseline(client: PoolClient): Promise<void> {
  const { renamings, before, baseline } = await findRenamings(client);
  await renameEndpoints(client, renamings);
  if (hasNewEndpoints(baseline.inUse, before.inUse)) await markUnresolved(client);
  await client.query('delete from testing.baseline_endpoint');
  await client.query(
    `insert into testing.baseline_endpoint (endpoint, method, path, deprecated, in_use)
     select endpoint, method, path, deprecated, in_use
       from jsonb_to_recordset($1::jsonb) as given (endpoint text, method text, path text, deprecated boolean, in_use boolean)`,
    [
      JSON.stringify([
        ...baseline.inUse.map((one) => ({ ...one, in_use: true })),
        ...baseline.former.map((one) => ({ ...one, in_use: false })),
      ]),
    ],
  );
}

/** Like {@link followBaseline}, in its own transaction. */
export async function followBaselineIfChanged(pool: Pool): Promise<void> {
  if (!(await isOutdated(pool))) return;
  await withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    await followBaseline(client);
  });
}

/** Finds labels of hits and of endpoints of clusters that differ from the baseline in use. */
export async function findWrongNames(client: Queryable): Promise<Renaming[]> {
  const { renamings } = await findRenamings(client);
  const found = await client.query<Renaming>(
    `select source, before, after from ${given}
      where exists (select from testing.endpoint_hit as hit where ${matchesRow('hit')})
         or exists (select from testing.cluster_endpoint as own where ${matchesRow('own')})
      order by source, before collate "C"`,
    toColumns(renamings),
  );
  return found.rows;
}

/** Compares the current labels with those by the baseline in use. */
async function findRenamings(
  client: Queryable,
): Promise<{ renamings: Renaming[]; before: BaselineOperations; baseline: BaselineOperations }> {
  const before = await readBaselineOperations(client);
  const found = await client.query<ResolvableOperation>(
    'select endpoint, method, path, deprecated from public.open_api where release = (select public.baseline_release())',
  );
  const kept = new Set(found.rows.map(({ method, path }) => identifyEndpoint(method, path)));
  const former = new Map<string, ResolvableOperation>();
  for (const operation of [...before.inUse, ...before.former]) {
    const identity = identifyEndpoint(operation.method, operation.path);
    if (!kept.has(identity) && !former.has(identity)) former.set(identity, operation);
  }
  const baseline: BaselineOperations = { inUse: found.rows, former: [...former.values()] };
  const renamings = compareLabels(null, labelEndpoints(noOperations, before), labelEndpoints(noOperations, baseline));
  const sources = await client.query<{ source: string }>('select source from testing.cluster order by source');
  for (const { source } of sources.rows) {
    const labelled = labelEndpoints(await readClusterOperations(client, source, 'endpoint'), before);
    const now = labelEndpoints(await readClusterOperations(client, source, 'operation_id'), baseline);
    renamings.push(...compareLabels(source, labelled, now));
  }
  return { renamings, before, baseline };
}

function hasNewEndpoints(operations: readonly ResolvableOperation[], before: readonly ResolvableOperation[]): boolean {
  const known = mapEndpoints(before);
  return operations.some(({ method, path }) => !known.has(identifyEndpoint(method, path)));
}

/** Marks unresolved events of sources without their own document for resolveAgain(). */
async function markUnresolved(client: PoolClient): Promise<void> {
  for (const [table, reason] of [
    ['held_event', 'reason'],
    ['held_rejection', 'unresolved_reason'],
  ]) {
    // The first condition is that of the index held_event_unresolved.
    await client.query(
      `update testing.${table} as event set document_revision = -1
        where endpoint is null and ${reason} not in ('non-resource path', 'malformed request')
          and document_revision = 0 and ${reason} <> 'no document'
          and not exists (select from testing.cluster where cluster.source = event.source)`,
    );
  }
}

async function isOutdated(client: Queryable): Promise<boolean> {
  const columns = 'endpoint, method, path, deprecated';
  const named = `select ${columns} from testing.baseline_endpoint where in_use`;
  const wanted = `select ${columns} from public.open_api where release = (select public.baseline_release())`;
  const found = await client.query<{ outdated: boolean }>(
    `select exists ((${named} except ${wanted}) union all (${wanted} except ${named})) as outdated`,
  );
  return found.rows[0]?.outdated === true;
}

function toColumns(renamings: readonly Renaming[]): (string | null)[][] {
  return [
    renamings.map(({ source }) => source),
    renamings.map(({ before }) => before),
    renamings.map(({ after }) => after),
  ];
}

const given = 'unnest($1::text[], $2::text[], $3::text[]) as renamed (source, before, after)';
/** Whether a renaming applies to a row. */
const matchesRow = (row: string): string => `${row}.endpoint = renamed.before
  and case when renamed.source is not null then renamed.source = ${row}.source
           else not exists (select from testing.cluster where cluster.source = ${row}.source) end`;
/** Imported runs keep the labels of the SnoopDB they come from. */
const ranHere = (run: string): string =>
  `exists (select from testing.run where run.id = ${run} and run.imported_at is null)`;
/** Prefix of a new label while another row may still have it: two endpoints may swap labels. */
const pending = String.raw`E'\x01'`;

/**
 * Changes the labels of these endpoints in all live rows. The transaction must hold {@link lockHitsExclusive}. Labels are unique
 * within a source, before and after.
 */
export async function renameEndpoints(client: PoolClient, renamings: readonly Renaming[]): Promise<void> {
  if (renamings.length === 0) return;
  const values = toColumns(renamings);
  for (const table of ['cluster_endpoint', 'held_event', 'held_rejection', 'run_evidence']) {
    const ownRun = table === 'run_evidence' ? `and ${ranHere('event.run')}` : '';
    await client.query(
      `update testing.${table} as event set endpoint = renamed.after from ${given} where ${matchesRow('event')} ${ownRun}`,
      values,
    );
  }
  await client.query(
    `update testing.run_endpoint as kept set endpoint = renamed.after
       from ${given} cross join testing.run
      where run.id = kept.run and run.imported_at is null and kept.endpoint = renamed.before
        and case when renamed.source is not null then renamed.source = any (run.sources)
                 else not exists (select from testing.cluster where cluster.source = any (run.sources)) end`,
    values,
  );
  for (const { table, columns, conflict } of counted) {
    await client.query(
      `update testing.${table} as counted set endpoint = ${pending} || renamed.after from ${given} where ${matchesRow('counted')}`,
      values,
    );
    const isPending = `starts_with(endpoint, ${pending})`;
    await client.query(
      `insert into testing.${table} as known (endpoint, ${columns})
       select substr(endpoint, 2), ${columns} from testing.${table} where ${isPending} ${conflict}`,
    );
    await client.query(`delete from testing.${table} where ${isPending}`);
  }
  // Invalidates cached hits and endpoints.
  await client.query('update testing.epoch set number = number + 1');
}

/** The tables with one row per endpoint. If two rows get the same label, one remains; this should not happen. */
const counted = [
  {
    table: 'endpoint_hit',
    columns: `source, release, useragent, test, test_hit, conf_test_hit, first_seen_at, sample_verb, sample_uri, sample_code,
              test_cut`,
    conflict: 'on conflict do nothing',
  },
  {
    table: 'dropped_partition_request',
    columns: 'partition, live_agent, source, requests',
    conflict: `on conflict (partition, live_agent, source, endpoint)
               do update set requests = known.requests + excluded.requests`,
  },
] as const;
