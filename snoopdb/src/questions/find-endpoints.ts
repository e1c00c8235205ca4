import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { identifyEndpoint } from '../resolver/endpoint-names.ts';
import { createEndpointResolver } from '../resolver/endpoint-resolver.ts';
import { httpMethods } from '../resolver/endpoint-trie.ts';
import type { NearEndpoint } from '../resolver/nearest-endpoints.ts';
import { splitPath } from '../resolver/path-segments.ts';
import { listLoadedReleases, pickAskedRelease } from './asked-release.ts';

/** An endpoint of a kind, or one that serves a request. */
export interface FoundEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly level: string;
  readonly deprecated: boolean;
  /** null: only in a cluster, deprecated, no coverage is loaded, or it is unknown. */
  readonly tested: boolean | null;
  readonly confTested: boolean | null;
  /** Why the loaded coverage cannot tell whether tests hit it; null: it can. */
  readonly unknown: string | null;
}

/** Endpoints that serve a request. */
export interface FoundEndpoints {
  /** By path and method, deprecated ones last. */
  readonly endpoints: FoundEndpoint[];
  /** Similar endpoints, if none serves the request. */
  readonly nearest: NearEndpoint[];
}

/**
 * Finds the endpoints of a kind (`Pod`) or a resource (`pods`), ignoring case.
 *
 * @param wanted a release; undefined: the baseline in use
 * @throws SnoopDbError `unknown_release`, `bad_release`
 */
export async function findEndpointsOfKind(pool: Pool, kind: string, wanted?: string): Promise<FoundEndpoint[]> {
  const lower = kind.toLowerCase();
  const known = await listKnownEndpoints(pool, wanted);
  const isResource = ({ path }: FoundEndpoint): boolean =>
    splitPath(path)
      .filter((segment) => !segment.startsWith('{'))
      .at(-1)
      ?.toLowerCase() === lower;
  const ofKind = known.filter((one) => one.kind?.toLowerCase() === lower);
  return (ofKind.length > 0 ? ofKind : known.filter(isResource)).map(({ kind: _, ...endpoint }) => endpoint);
}

/** Lists all loaded kinds, sorted. */
export async function listKinds(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ kind: string }>(
    `select kind from (
       select k8s_kind as kind from public.open_api union select k8s_kind from testing.cluster_endpoint
     ) as known where kind is not null order by kind collate "C"`,
  );
  return found.rows.map(({ kind }) => kind);
}

/**
 * Finds the endpoints that serve a request, by the rules of the resolver.
 *
 * @param request.verb a verb (`list`) or method (`GET`); null: all methods of the path
 * @param request.path literal or with parameters in braces, with or without a query
 * @param wanted a release; undefined: the baseline in use
 * @throws SnoopDbError `unknown_release`, `bad_release`
 */
export async function findEndpointsOfRequest(
  pool: Pool,
  { verb, path }: { readonly verb: string | null; readonly path: string },
  wanted?: string,
): Promise<FoundEndpoints> {
  const known = await listKnownEndpoints(pool, wanted);
  const identify = ({ method, path: served }: FoundEndpoint): string => identifyEndpoint(method, served);
  // Endpoints of different clusters may have the same name.
  const resolver = createEndpointResolver(known.map((one) => ({ ...one, endpoint: identify(one) })));
  const isMethod = verb !== null && httpMethods.some((method) => method === verb.toUpperCase());
  const requests =
    verb === null
      ? httpMethods.map((method) => ({ verb: '', requestURI: path, method }))
      : [
          {
            verb: verb.toLowerCase(),
            requestURI: path,
            ...(isMethod && verb === verb.toUpperCase() && { method: verb }),
          },
        ];
  const resolved = new Set(requests.map((request) => resolver.resolve(request).endpoint));
  const endpoints = known.flatMap(({ kind: _, ...endpoint }) => (resolved.has(identify(endpoint)) ? [endpoint] : []));
  const [first] = requests;
  const asked = verb === null ? { verb: 'get', requestURI: path, method: 'GET' } : first;
  if (endpoints.length > 0 || asked === undefined) return { endpoints, nearest: [] };
  const names = new Map(known.map((one) => [identify(one), one.endpoint]));
  const nearest = resolver
    .explain(asked)
    .nearest.map((near) => ({ ...near, endpoint: names.get(near.endpoint) ?? '' }));
  return { endpoints, nearest };
}

/** An endpoint with its kind; null: it has none. */
export interface KnownEndpoint extends FoundEndpoint {
  readonly kind: string | null;
}

/**
 * Lists the endpoints of a release, and those that only clusters have.
 *
 * @param wanted a release; undefined: the baseline in use
 * @throws SnoopDbError `unknown_release`, `bad_release`
 */
export async function listKnownEndpoints(pool: Pool, wanted?: string): Promise<KnownEndpoint[]> {
  const loaded = await listLoadedReleases(pool);
  // Endpoints of clusters can be found without a baseline.
  const none = wanted === undefined && !loaded.some((one) => one.isBaseline);
  const release = none ? null : (await pickAskedRelease(loaded, wanted, 'endpoints')).release;
  const found = await pool.query<KnownEndpoint>(readQuerySql('known-endpoints'), [release]);
  return found.rows;
}
