import type { Pool, PoolClient } from 'pg';
import {
  type BaselineSnapshot,
  listShippedReleases,
  readShippedSnapshot,
  unpackSnapshot,
} from './baseline-snapshot.ts';
import { withTransaction } from './database.ts';
import { SnoopDbError } from './errors.ts';
import { isSameMinor, normalizeRelease, pickNearestRelease } from './release.ts';

/** The one release that live work is compared with. */
export interface Baseline {
  /** X.Y.Z */
  release: string;
  /** The day, as YYYY-MM-DD; null while in development. */
  releaseDate: string | null;
  /** Where the data comes from, for people. */
  origin: string;
  /** Why the data is incomplete, in a sentence; null when it is sound. */
  incomplete: string | null;
  /** Endpoints that are not deprecated. */
  endpoints: number;
  /** Those of them that an e2e test hits. */
  tested: number;
}

export interface ComparedBaseline extends Baseline {
  /** Whether the baseline's minor release is the cluster's. */
  exact: boolean;
}

const baselineLock = 7_306_002;

/**
 * Makes the release nearest to a cluster's version the baseline: of those loaded and those that ship with the program,
 * by minor number, of two equally near the older. Loads the shipped data when it is not there yet, or not this one.
 * @param clusterVersion for example `1.36.3`
 * @throws SnoopDbError `bad_release`
 */
export async function useNearestBaseline(pool: Pool, clusterVersion: string): Promise<ComparedBaseline> {
  const version = normalizeRelease(clusterVersion);
  const shipped = await listShippedReleases();
  await withTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [baselineLock]);
    const loaded = await client.query<{ release: string; digest: string | null }>(
      'select release, digest from public.release_data',
    );
    const known = new Map(loaded.rows.map((row) => [row.release, row.digest]));
    const release = pickNearestRelease(version, [...new Set([...shipped, ...known.keys()])]);
    if (release === null) {
      throw new SnoopDbError('no_baseline', 'No release with coverage is loaded, and none ships with this program.');
    }
    // What someone loaded from elsewhere has no digest, and is left as it is.
    if (shipped.includes(release) && known.get(release) !== null) {
      const snapshot = await readShippedSnapshot(release);
      if (known.get(release) !== snapshot.digest) {
        await loadSnapshot(client, unpackSnapshot(snapshot.bytes), snapshot.digest);
      }
    }
    await client.query(
      `insert into public.baseline (release) values ($1)
       on conflict (only_row) do update set release = excluded.release, chosen_at = now()
         where baseline.release <> excluded.release`,
      [release],
    );
  });
  const baseline = await readBaseline(pool);
  if (!baseline)
    throw new SnoopDbError('no_baseline', 'The baseline was taken away while it was being read. Try again.');
  return { ...baseline, exact: isSameMinor(baseline.release, version) };
}

/** The baseline in use; when none was chosen, the newest released one that is loaded; null when none is. */
export async function readBaseline(pool: Pool): Promise<Baseline | null> {
  const found = await pool.query<Baseline>(
    `select release, to_char(release_date, 'YYYY-MM-DD') as "releaseDate", origin, incomplete,
            count(coverage.endpoint)::integer as endpoints,
            (count(*) filter (where coverage.tested))::integer as tested
       from public.release_data left join public.endpoint_coverage as coverage using (release)
      where release = (select public.baseline_release())
      group by release, release_data.release_date, origin, incomplete`,
  );
  return found.rows[0] ?? null;
}

async function loadSnapshot(client: PoolClient, snapshot: BaselineSnapshot, digest: string): Promise<void> {
  const { release, releaseDate } = snapshot;
  await client.query(
    `insert into public.release_data (release, release_date, origin, incomplete, digest) values ($1, $2, $3, $4, $5)
     on conflict (release) do update set release_date = excluded.release_date, origin = excluded.origin,
       incomplete = excluded.incomplete, digest = excluded.digest, loaded_at = now()`,
    [release, releaseDate, snapshot.origin, snapshot.incomplete, digest],
  );
  await client.query('delete from public.open_api where release = $1', [release]);
  await client.query(
    `insert into public.open_api (release, release_date, endpoint, level, category, path, k8s_group, k8s_version,
       k8s_kind, k8s_action, deprecated, description, spec, method)
     select $1, $2, endpoint, level, category, path, "group", version, kind, action, deprecated, description, $3, method
       from jsonb_to_recordset($4::jsonb) as given (endpoint text, method text, path text, level text, category text,
            "group" text, version text, kind text, action text, deprecated boolean, description text)`,
    [release, releaseDate, snapshot.spec, JSON.stringify(snapshot.endpoints)],
  );
  await loadHits(client, snapshot);
  await client.query('delete from conformance.ineligible_endpoint');
  await client.query(
    `insert into conformance.ineligible_endpoint (endpoint, reason, link)
     select endpoint, reason, link from jsonb_to_recordset($1::jsonb) as given (endpoint text, reason text, link text)`,
    [JSON.stringify(snapshot.ineligible)],
  );
  await client.query('delete from conformance.pending_eligible_endpoint');
  await client.query('insert into conformance.pending_eligible_endpoint (endpoint) select unnest($1::text[])', [
    snapshot.pending,
  ]);
}

/** The published coverage says which tests hit an endpoint; one that is tested by none with a name has a hit all the same. */
async function loadHits(client: PoolClient, snapshot: BaselineSnapshot): Promise<void> {
  const source = 'published coverage';
  const endpoints: string[] = [];
  const tests: (string | null)[] = [];
  const conformance: boolean[] = [];
  for (const endpoint of snapshot.endpoints) {
    const named = endpoint.tests.flatMap((number) => snapshot.tests[number] ?? []);
    let confTested = false;
    for (const test of named) {
      const isConformance = test.includes('[Conformance]');
      confTested ||= isConformance;
      endpoints.push(endpoint.endpoint);
      tests.push(test);
      conformance.push(isConformance);
    }
    if ((endpoint.tested && named.length === 0) || (endpoint.confTested && !confTested)) {
      endpoints.push(endpoint.endpoint);
      tests.push(null);
      conformance.push(endpoint.confTested);
    }
  }
  await client.query('delete from public.endpoint_hit where release = $1 and source = $2', [snapshot.release, source]);
  await client.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     select $1, $2, endpoint, 'e2e.test', test, true, conformance
       from unnest($3::text[], $4::text[], $5::boolean[]) as given (endpoint, test, conformance)`,
    [snapshot.release, source, endpoints, tests, conformance],
  );
}
