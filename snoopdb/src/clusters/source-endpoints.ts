import pg from 'pg';
import type { Queryable } from '../postgres/database.ts';
import {
  chainResolvers,
  createEndpointResolver,
  type EndpointResolver,
  emptyResolver,
} from '../resolver/endpoint-resolver.ts';
import type { ResolvableOperation } from '../resolver/endpoint-trie.ts';

/** Identifies the endpoints that a source's events resolve with. */
export interface SourceVersion {
  /** The cluster's version, else the baseline's release. */
  release: string | null;
  /** Revision of the cluster's document; 0: it has none, and the endpoints of the baseline are used. */
  revision: number;
  /** The baseline in use. */
  baseline: string | null;
  /** Changes with the database and when hits are removed. Clear caches of hits when it changes. */
  epoch: string;
}

export interface SourceEndpoints extends SourceVersion {
  resolver: EndpointResolver;
  /** Total length of the paths and names in the resolver. */
  characters: number;
}

/** SQL that selects the {@link SourceVersion} of a source; {@link readSourceVersionRow} reads its row. */
export function selectSourceVersion(source: string): string {
  return `select cluster.version, cluster.revision, public.baseline_release() as baseline,
            (select epoch.database || ':' || epoch.number from testing.epoch) as epoch
       from (select ${pg.escapeLiteral(source)}::text as source) as wanted left join testing.cluster using (source)`;
}

export interface SourceVersionRow {
  version: string | null;
  revision: string | null;
  baseline: string | null;
  epoch: string | null;
}

export async function readSourceVersion(client: Queryable, source: string): Promise<SourceVersion> {
  const found = await client.query<SourceVersionRow>(selectSourceVersion(source));
  return readSourceVersionRow(found.rows[0]);
}

export function readSourceVersionRow(row: SourceVersionRow | undefined): SourceVersion {
  return {
    release: row?.version ?? row?.baseline ?? null,
    revision: Number(row?.revision ?? 0),
    baseline: row?.baseline ?? null,
    epoch: row?.epoch ?? '',
  };
}

/** Builds the resolver for a source from its own document, with removed operations last, or else from the baseline. */
export async function loadSourceEndpoints(
  client: Queryable,
  source: string,
  mark: SourceVersion,
): Promise<SourceEndpoints> {
  // Characters are counted only for documents of clusters: releases are of limited size.
  if (mark.revision === 0)
    return { ...mark, resolver: await loadReleaseResolver(client, mark.baseline), characters: 0 };
  const found = await client.query<ResolvableOperation & { removed: boolean }>(
    `select endpoint, method, path, deprecated, removed_at is not null as removed
       from testing.cluster_endpoint where source = $1 order by removed_at desc nulls first, path, method`,
    [source],
  );
  const removed = found.rows.filter((row) => row.removed);
  const served = createEndpointResolver(found.rows.filter((row) => !row.removed));
  const resolver = removed.length > 0 ? chainResolvers(served, createEndpointResolver(removed)) : served;
  const characters = found.rows.reduce((sum, { path, endpoint }) => sum + path.length + endpoint.length, 0);
  return { ...mark, resolver, characters };
}

/**
 * Builds the resolver of a release; an empty resolver if the release is not loaded.
 * @param release X.Y.Z; null: unknown
 */
export async function loadReleaseResolver(client: Queryable, release: string | null): Promise<EndpointResolver> {
  const found = await client.query<ResolvableOperation>(
    'select endpoint, method, path, deprecated from public.open_api where release = $1 order by path, method',
    [release],
  );
  return found.rows.length > 0 ? createEndpointResolver(found.rows) : emptyResolver;
}
