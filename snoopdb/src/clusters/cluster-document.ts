import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { isSystemError, SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockDocumentExclusive, lockHitsExclusive, lockReleasesShared } from '../postgres/locks.ts';
import { normalizeRelease } from '../release.ts';
import { identifyEndpoint } from '../resolver/endpoint-names.ts';
import { type Operation, readOperations } from '../resolver/openapi-document.ts';
import { toStorableText } from '../storable-text.ts';
import {
  compareLabels,
  followBaselineIfChanged,
  labelEndpoints,
  readBaselineOperations,
  readClusterOperations,
  renameEndpoints,
} from './live-names.ts';

export interface ClusterDocument {
  /** Name of the cluster as a source of events. */
  source: string;
  /** Version of the cluster from its /version, for example `v1.36.3`. */
  version: string;
  /** ETag of the document, to check later whether it has changed. */
  etag: string | null;
  /** The parsed /openapi/v2. */
  document: unknown;
}

export interface LoadedClusterDocument {
  /** Incremented when the cluster's operations change. */
  revision: number;
  /** Number of endpoints that are served now. */
  endpoints: number;
  added: number;
  removed: number;
  /** Whether an operation was added, removed or changed. */
  changed: boolean;
}

export interface KnownClusterDocument {
  version: string;
  etag: string | null;
  revision: number;
  endpoints: number;
  loadedAt: Date;
}

/**
 * Loads a cluster's own OpenAPI document. Writers use it from their next body on; resolveAgain() resolves older events with
 * it. An operation that is an endpoint of the baseline gets the baseline's label, see {@link nameEndpoints}. Removed
 * operations are kept and marked: they still resolve requests that no served operation matches, so that a custom resource
 * definition created and deleted within one test keeps its hits.
 * @throws SnoopDbError `bad_document`, `bad_release`; `not_allowed` if endpoints of stored events must be renamed, which
 *   needs the owner's rights; nothing is changed then
 */
export async function loadClusterDocument(pool: Pool, cluster: ClusterDocument): Promise<LoadedClusterDocument> {
  const read = readOperations(cluster.document);
  // Paths may become equal when they are made storable.
  const operations = [...new Map(read.operations.map((one) => [`${one.method} ${one.path}`, one])).values()];
  const version = normalizeRelease(cluster.version);
  const etag = cluster.etag === null ? null : toStorableText(cluster.etag);
  const { source } = cluster;
  const digest = digestOperations(operations);
  await withPermissionAdvice(
    () => followBaselineIfChanged(pool),
    `Endpoints of stored events must be renamed by the baseline before the OpenAPI document of ${source} can be loaded`,
    'snoop db rebuild --database-url URL',
  );
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesShared());
    await client.query(lockDocumentExclusive(source));
    const before = await client.query<{ digest: string; revision: string }>(
      'select digest, revision from testing.cluster where source = $1',
      [source],
    );
    const known = before.rows[0];
    const changed = known?.digest !== digest;
    const revision = Number(known?.revision ?? 0) + (changed ? 1 : 0);
    await client.query(
      `insert into testing.cluster (source, version, etag, digest, revision) values ($1, $2, $3, $4, $5)
       on conflict (source) do update set version = excluded.version, etag = excluded.etag, digest = excluded.digest,
         revision = excluded.revision, loaded_at = now()`,
      [source, version, etag, digest, revision],
    );
    const difference = changed ? await replaceOperations(client, source, operations) : { added: 0, removed: 0 };
    return { revision, endpoints: operations.length, ...difference, changed };
  });
}

/** Reads the record of a cluster's document; null if none is loaded. */
export async function readClusterDocument(pool: Pool, source: string): Promise<KnownClusterDocument | null> {
  const found = await pool.query<{
    version: string;
    etag: string | null;
    revision: string;
    endpoints: number;
    loaded_at: Date;
  }>(
    `select version, etag, revision, loaded_at,
            (select count(*)::integer from testing.cluster_endpoint as endpoint
              where endpoint.source = cluster.source and removed_at is null) as endpoints
       from testing.cluster where source = $1`,
    [source],
  );
  const row = found.rows[0];
  if (!row) return null;
  const { version, etag, endpoints } = row;
  return { version, etag, revision: Number(row.revision), endpoints, loadedAt: row.loaded_at };
}

/** The digest does not depend on the order of the operations. */
function digestOperations(operations: readonly Operation[]): string {
  const lines = operations.map((operation) => JSON.stringify(operation)).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Replaces the operations of a cluster, and changes their labels in all live rows. */
async function replaceOperations(
  client: PoolClient,
  source: string,
  operations: readonly Operation[],
): Promise<{ added: number; removed: number }> {
  const baseline = await readBaselineOperations(client);
  const before = labelEndpoints(await readClusterOperations(client, source, 'endpoint'), baseline);
  const counts = await storeOperations(client, source, operations);
  const after = labelEndpoints(await readClusterOperations(client, source, 'operation_id'), baseline);
  const renamings = compareLabels(source, before, after);
  if (renamings.length > 0) await client.query(lockHitsExclusive());
  const [example] = renamings;
  await withPermissionAdvice(
    () => renameEndpoints(client, renamings),
    `The OpenAPI document of ${source} renames endpoints of stored events (${example?.before} to ${example?.after}), ` +
      'so the former document stays in use',
    `snoop load openapi --cluster --source ${source} --database-url URL`,
  );
  await labelOperations(client, source, after);
  return counts;
}

/** The workbench role may load documents, but not change stored events. */
async function withPermissionAdvice(work: () => Promise<void>, what: string, command: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSystemError(error, '42501')) throw error;
    const advice = `This role may not rename them. Run as the owner of SnoopDB's schemas: ${command}`;
    throw new SnoopDbError('not_allowed', `${what}. ${advice}`, { cause: error });
  }
}

async function storeOperations(
  client: PoolClient,
  source: string,
  operations: readonly Operation[],
): Promise<{ added: number; removed: number }> {
  const json = JSON.stringify(operations);
  const removed = await client.query(
    `update testing.cluster_endpoint as known set removed_at = now()
      where source = $1 and removed_at is null and not exists (
        select from jsonb_to_recordset($2::jsonb) as given (method text, path text)
         where given.method = known.method and given.path = known.path)`,
    [source, json],
  );
  const served = await client.query<{ count: number }>(
    'select count(*)::integer from testing.cluster_endpoint where source = $1 and removed_at is null',
    [source],
  );
  // labelOperations() sets the final labels.
  await client.query(
    `insert into testing.cluster_endpoint (source, endpoint, operation_id, method, path, level, category, k8s_group,
       k8s_version, k8s_kind, k8s_action, deprecated, description)
     select $1, endpoint, endpoint, method, path, level, category, "group", version, kind, action, deprecated, description
       from jsonb_to_recordset($2::jsonb) as given (endpoint text, method text, path text, level text, category text,
            "group" text, version text, kind text, action text, deprecated boolean, description text)
     on conflict (source, method, path) do update set operation_id = excluded.operation_id, level = excluded.level,
       category = excluded.category, k8s_group = excluded.k8s_group, k8s_version = excluded.k8s_version,
       k8s_kind = excluded.k8s_kind, k8s_action = excluded.k8s_action, deprecated = excluded.deprecated,
       description = excluded.description, removed_at = null`,
    [source, json],
  );
  return { added: operations.length - (served.rows[0]?.count ?? 0), removed: removed.rowCount ?? 0 };
}

async function labelOperations(client: PoolClient, source: string, labels: ReadonlyMap<string, string>): Promise<void> {
  const known = await client.query<{ method: string; path: string; endpoint: string }>(
    'select method, path, endpoint from testing.cluster_endpoint where source = $1',
    [source],
  );
  const wrong = known.rows.flatMap(({ method, path, endpoint }) => {
    const label = labels.get(identifyEndpoint(method, path)) ?? endpoint;
    return label === endpoint ? [] : [{ method, path, label }];
  });
  await client.query(
    `update testing.cluster_endpoint as known set endpoint = given.label
       from jsonb_to_recordset($2::jsonb) as given (method text, path text, label text)
      where known.source = $1 and known.method = given.method and known.path = given.path`,
    [source, JSON.stringify(wrong)],
  );
}
