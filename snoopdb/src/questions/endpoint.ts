import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { identifyEndpoint } from '../resolver/endpoint-names.ts';
import type { Level } from '../rules/level.ts';
import { findObjectPath, isSubresource, formatReferenceUrl, type ReferencedKind } from './api-reference.ts';
import { type AskedRelease, listLoadedReleases, pickAskedRelease } from './asked-release.ts';
import { askFirstRelease, type FirstRelease } from './first-release.ts';

/** An endpoint from the OpenAPI document of a release or a cluster. */
export interface DescribedEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly level: Level;
  readonly category: string;
  /** Empty for core; null for discovery. */
  readonly group: string | null;
  readonly version: string | null;
  readonly kind: string | null;
  readonly action: string | null;
  readonly deprecated: boolean;
  readonly description: string | null;
}

/** Whether an endpoint can have a conformance test; `eligible` null: no list of ineligible endpoints is loaded. */
export interface Eligibility {
  readonly eligible: boolean | null;
  /** Why it is not eligible, and where that was decided. */
  readonly reason: string | null;
  readonly link: string | null;
  /** Whether a conformance test is in progress. */
  readonly pending: boolean;
}

/** An e2e test that hit the endpoint. */
export interface HittingTest {
  /** Full name; null: unknown. */
  readonly test: string | null;
  readonly conformance: boolean;
  /** Whether the API server truncated the name; `test` is then the only known test with this prefix, else the prefix. */
  readonly cut: boolean;
  /** Title in the list of conformance tests; null: not listed. */
  readonly title: string | null;
  readonly file: string | null;
  readonly promotedIn: string | null;
}

/** A client, other than an e2e test, that hit the endpoint. */
export interface HittingAgent {
  readonly agent: string;
  readonly test: string | null;
  /** Whether it was seen live; false: in loaded events. */
  readonly live: boolean;
  readonly source: string;
  readonly release: string | null;
  /** ISO 8601; null: unknown. */
  readonly firstSeenAt: string | null;
}

/** A request that proved a hit. */
export interface SampleRequest {
  readonly verb: string;
  readonly uri: string;
  readonly code: number | null;
  readonly agent: string;
  readonly source: string;
}

export interface EndpointAnswer extends DescribedEndpoint {
  /** The release of this answer; null: only clusters have the endpoint. */
  readonly release: AskedRelease | null;
  /** The clusters that have it, if no release does. */
  readonly clusters: string[];
  readonly eligibility: Eligibility | null;
  /** null: the release has no coverage loaded, the endpoint is deprecated, or its coverage is unknown. */
  readonly tested: boolean | null;
  readonly confTested: boolean | null;
  /** Why the loaded coverage cannot tell whether tests hit it; null: it can. */
  readonly unknown: string | null;
  readonly first: FirstRelease;
  readonly tests: HittingTest[];
  readonly agents: HittingAgent[];
  readonly samples: SampleRequest[];
  /** URL in the Kubernetes API reference; null: none. */
  readonly reference: string | null;
}

/**
 * Describes an endpoint in the given release, else in the newest release that has it, else in a cluster.
 *
 * @param endpoint the exact name, see findEndpointName
 * @param wanted a release; undefined: the baseline in use
 * @returns null if no release or cluster has such an endpoint
 * @throws SnoopDbError `no_baseline`, `unknown_release`, `bad_release`
 */
export async function askEndpoint(pool: Pool, endpoint: string, wanted?: string): Promise<EndpointAnswer | null> {
  const release = await findReleaseWith(pool, endpoint, wanted);
  const described =
    release === null ? await describeFromCluster(pool, endpoint) : await describe(pool, endpoint, release);
  if (described === null) return null;
  const [first, tests, agents, samples, kind] = await Promise.all([
    askFirstRelease(pool, endpoint, described.level),
    release === null ? [] : listTests(pool, endpoint, release.release),
    listAgents(pool, described),
    listSamples(pool, described),
    release === null ? null : findKind(pool, release.release, described.path),
  ]);
  const published = release !== null && release.releaseDate !== null;
  const forAllNamespaces = endpoint.endsWith('ForAllNamespaces');
  const reference = published ? formatReferenceUrl(release.release, { ...described, forAllNamespaces }, kind) : null;
  return { ...described, release, first, tests, agents, samples, reference };
}

async function findReleaseWith(pool: Pool, endpoint: string, wanted?: string): Promise<AskedRelease | null> {
  const found = await pool.query<{ release: string }>('select release from public.open_api where endpoint = $1', [
    endpoint,
  ]);
  const releases = new Set(found.rows.map(({ release }) => release));
  const loaded = await listLoadedReleases(pool);
  // Endpoints of clusters can be described without a baseline.
  const preferred =
    wanted === undefined && !loaded.some((one) => one.isBaseline)
      ? null
      : await pickAskedRelease(loaded, wanted, 'endpoints');
  if (preferred !== null && releases.has(preferred.release)) return preferred;
  return loaded.find((one) => releases.has(one.release)) ?? null;
}

type Described = DescribedEndpoint &
  Pick<EndpointAnswer, 'eligibility' | 'tested' | 'confTested' | 'unknown' | 'clusters'>;

async function describe(pool: Pool, endpoint: string, release: AskedRelease): Promise<Described | null> {
  const found = await pool.query<
    DescribedEndpoint & Eligibility & Pick<EndpointAnswer, 'tested' | 'confTested' | 'unknown'>
  >(
    `select api.endpoint, api.method, api.path, api.level, api.category, api.k8s_group as "group",
            api.k8s_version as version, api.k8s_kind as kind, api.k8s_action as action, api.deprecated,
            api.description, eligibility.eligible, eligibility.reason, eligibility.link, eligibility.pending,
            coverage.tested, coverage.conf_tested as "confTested", coverage.unknown
       from public.open_api as api
       join conformance.endpoint_eligibility as eligibility using (release, endpoint)
       left join public.endpoint_coverage as coverage using (release, endpoint)
      where release = $1 and endpoint = $2`,
    [release.release, endpoint],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  const { eligible, reason, link, pending, ...described } = row;
  return { ...described, clusters: [], eligibility: { eligible, reason, link, pending } };
}

async function describeFromCluster(pool: Pool, endpoint: string): Promise<Described | null> {
  const found = await pool.query<DescribedEndpoint & { source: string }>(
    `select endpoint, method, path, level, category, k8s_group as "group", k8s_version as version, k8s_kind as kind,
            k8s_action as action, deprecated, description, source
       from testing.cluster_endpoint where endpoint = $1
      order by removed_at is not null, source collate "C", path collate "C"`,
    [endpoint],
  );
  const [first] = found.rows;
  if (first === undefined) return null;
  const { source: _source, ...described } = first;
  // In another cluster the same name may mean another endpoint.
  const identity = identifyEndpoint(first.method, first.path);
  const same = found.rows.filter(({ method, path }) => identifyEndpoint(method, path) === identity);
  const clusters = [...new Set(same.map(({ source }) => source))];
  return { ...described, clusters, eligibility: null, tested: null, confTested: null, unknown: null };
}

async function listTests(pool: Pool, endpoint: string, release: string): Promise<HittingTest[]> {
  const found = await pool.query<HittingTest>(readQuerySql('endpoint-tests'), [release, endpoint]);
  return found.rows;
}

/** $1: name, $2: method, $3: path. Methods are guessed if a release is known only from its coverage. */
const matchesEndpoint = `(
  identity = $2 || ' /' || public.path_shape($3)
  or (not live and endpoint = $1 and substr(identity, strpos(identity, ' ')) = ' /' || public.path_shape($3)))`;

async function listAgents(pool: Pool, { endpoint, method, path }: DescribedEndpoint): Promise<HittingAgent[]> {
  const found = await pool.query<HittingAgent>(
    `select useragent as agent, test, live, source, release,
            to_char(first_seen_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "firstSeenAt"
       from testing.identified_hit
      where ${matchesEndpoint} and (live or not test_hit)
      order by live desc, useragent collate "C", test collate "C" nulls first, source collate "C", release`,
    [endpoint, method, path],
  );
  return found.rows;
}

async function listSamples(pool: Pool, { endpoint, method, path }: DescribedEndpoint): Promise<SampleRequest[]> {
  const found = await pool.query<SampleRequest>(
    `select distinct on (sample_verb, sample_uri, sample_code) sample_verb as verb, sample_uri as uri, sample_code as code, useragent as agent, source
       from testing.identified_hit
      where ${matchesEndpoint} and sample_uri is not null
      order by sample_verb, sample_uri, sample_code, live desc, useragent limit 20`,
    [endpoint, method, path],
  );
  return found.rows;
}

/** Finds the kind of the object of a path: Pod for pods/log. The kind of the subresource itself may differ. */
async function findKind(pool: Pool, release: string, path: string): Promise<ReferencedKind | null> {
  const found = await pool.query<ReferencedKind>(
    `select coalesce(k8s_group, '') as "group", k8s_version as version, k8s_kind as kind
       from public.open_api
      where release = $1 and path in ($2, $3) and k8s_kind is not null and k8s_version is not null
      order by path = $2 desc, method limit 1`,
    [release, findObjectPath(path) ?? path, isSubresource(path) ? null : path],
  );
  return found.rows[0] ?? null;
}
