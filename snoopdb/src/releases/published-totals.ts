import type { Pool, PoolClient } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases } from '../release.ts';
import type { CoverageDocument, PublishedCoverage, PublishedEndpoint } from './coverage-document.ts';
import { findContradiction } from './published-coverage.ts';
import { publishedSource } from './published-hits.ts';
import { listShippedReleases, readShippedSnapshot, unpackSnapshot } from './shipped-snapshot.ts';

type Totals = Omit<PublishedCoverage, 'release' | 'endpoints'>;

/** The totals that are stored to check a coverage file again; null if the file itself says that it is incomplete. */
export function pickTotals(coverage: CoverageDocument): Totals | null {
  if (coverage.incomplete !== null) return null;
  return {
    'total endpoints': coverage['total endpoints'],
    'tested endpoints': coverage['tested endpoints'],
    'total conformance eligible endpoints': coverage['total conformance eligible endpoints'],
    'tested conformance eligible endpoints': coverage['tested conformance eligible endpoints'],
  };
}

/** Why a coverage file is incomplete, in a sentence; null if it is complete. */
export async function checkCoverage(client: Pool | PoolClient, coverage: CoverageDocument): Promise<string | null> {
  return coverage.incomplete ?? findContradiction(coverage, await listIneligible(client, coverage.release));
}

/**
 * Checks the loaded coverage files again, with the loaded lists of ineligible endpoints.
 * @returns the number of changed results
 */
export async function recheckCoverage(client: PoolClient): Promise<number> {
  const kept = await client.query<{ release: string; totals: Totals; incomplete: string | null }>(
    `select release, published_totals as totals, incomplete from public.release_data
      where published_totals is not null order by release`,
  );
  let changed = 0;
  for (const { release, totals, incomplete } of kept.rows) {
    const endpoints = await readPublished(client, release);
    const found = findContradiction({ release, endpoints, ...totals }, await listIneligible(client, release));
    if (found === incomplete) continue;
    changed += 1;
    await client.query('update public.release_data set incomplete = $2 where release = $1', [release, found]);
  }
  return changed;
}

/** The endpoints of a loaded coverage file, without the names of tests. */
async function readPublished(client: PoolClient, release: string): Promise<PublishedEndpoint[]> {
  const found = await client.query<PublishedEndpoint>(readQuerySql('published-endpoints'), [release, publishedSource]);
  return found.rows;
}

/**
 * The list for the release, if it is of this or a newer release: lists grow, so an older list proves nothing against a
 * newer file. Otherwise the list of the newest shipped release.
 */
async function listIneligible(client: Pool | PoolClient, release: string): Promise<{ endpoint: string }[]> {
  const found = await client.query<{ list: string | null }>(
    `select conformance.list_release('ineligible', $1) as list`,
    [release],
  );
  const list = found.rows[0]?.list;
  if (list && compareReleases(list, release) >= 0) {
    const entries = await client.query<{ endpoint: string }>(
      'select endpoint from conformance.listed_ineligible where release = $1',
      [list],
    );
    return entries.rows;
  }
  const newest = (await listShippedReleases()).at(-1);
  return newest === undefined ? [] : unpackSnapshot((await readShippedSnapshot(newest)).bytes).ineligible;
}
