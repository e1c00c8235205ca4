import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases } from '../release.ts';

/** An endpoint in one release. */
export type EndpointState = 'conformance tested' | 'tested' | 'untested' | 'deprecated' | 'unknown' | 'absent';

/** The endpoints of a release in all loaded releases. */
export interface EndpointHistories {
  /** Newest first. */
  readonly releases: readonly string[];
  /** By the endpoint's name; the states are in the order of `releases`. `unknown`: that release has no coverage loaded. */
  readonly endpoints: ReadonlyMap<string, readonly EndpointState[]>;
}

interface HistoryRow {
  readonly endpoint: string;
  readonly release: string;
  readonly deprecated: boolean;
  readonly tested: boolean | null;
  readonly confTested: boolean | null;
}

/**
 * Reads what tests hit each endpoint of a release in all loaded releases. Endpoints are the same if method and path are.
 *
 * @param release a loaded release, X.Y.Z
 */
export async function askEndpointHistories(pool: Pool, release: string): Promise<EndpointHistories> {
  const [loaded, found] = await Promise.all([
    pool.query<{ release: string }>('select release from public.release_data'),
    pool.query<HistoryRow>(readQuerySql('endpoint-histories'), [release]),
  ]);
  const releases = loaded.rows.map((row) => row.release).sort((a, b) => compareReleases(b, a));
  const places = new Map(releases.map((name, place) => [name, place]));
  const endpoints = new Map<string, EndpointState[]>();
  for (const row of found.rows) {
    const place = places.get(row.release);
    if (place === undefined) continue;
    let states = endpoints.get(row.endpoint);
    if (states === undefined) {
      states = releases.map(() => 'absent');
      endpoints.set(row.endpoint, states);
    }
    states[place] = readState(row);
  }
  return { releases, endpoints };
}

function readState({ deprecated, tested, confTested }: HistoryRow): EndpointState {
  if (deprecated) return 'deprecated';
  if (tested === null) return 'unknown';
  if (confTested === true) return 'conformance tested';
  return tested ? 'tested' : 'untested';
}
