import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { compareReleases } from '../release.ts';
import { findObjectPath, formatReferenceUrl, isSubresource, type ReferencedKind } from './api-reference.ts';
import { type AskedRelease, listLoadedReleases, pickAskedRelease } from './asked-release.ts';
import type { DescribedEndpoint, Eligibility, HittingTest } from './endpoint.ts';

/** An endpoint of a release with all that pages show of it. */
export interface TableEndpoint extends DescribedEndpoint, Eligibility {
  /** null: the release has no coverage loaded, the endpoint is deprecated, or its coverage is unknown. */
  readonly tested: boolean | null;
  readonly confTested: boolean | null;
  /** Why the loaded coverage cannot tell whether tests hit it; null: it can. */
  readonly unknown: string | null;
  /** The first release in which it is stable; null: it is not stable, or that is unknown. */
  readonly stableSince: string | null;
  /** Whether the previous release lacks its method and path; null: no earlier release is loaded. */
  readonly isNew: boolean | null;
  /** URL in the Kubernetes API reference; null: the release is not published. */
  readonly reference: string | null;
  /** Full names of the e2e tests that hit it. */
  readonly tests: readonly string[];
  /** Whether an e2e test with unknown name hit it. */
  readonly namelessHit: boolean;
}

/** A release as one table. */
export interface ReleaseTable {
  readonly release: AskedRelease;
  /** The nearest earlier release that is loaded, for `isNew`; null: none. */
  readonly previous: string | null;
  /** By level, category, kind and name. Deprecated endpoints are among them. */
  readonly endpoints: readonly TableEndpoint[];
  /** By name: all that {@link TableEndpoint.tests} name. */
  readonly tests: readonly (HittingTest & { readonly test: string })[];
}

/**
 * Reads a release as one table.
 *
 * @param wanted a release; undefined: the baseline in use
 * @throws SnoopDbError `no_baseline`, `unknown_release`, `bad_release`
 */
export async function askReleaseTable(pool: Pool, wanted?: string): Promise<ReleaseTable> {
  const loaded = await listLoadedReleases(pool);
  const release = await pickAskedRelease(loaded, wanted, 'endpoints');
  const previous = loaded.find((one) => compareReleases(one.release, release.release) < 0)?.release ?? null;
  const [endpoints, tests] = await Promise.all([
    pool.query<Omit<TableEndpoint, 'reference'>>(readQuerySql('release-table'), [release.release, previous]),
    pool.query<HittingTest & { test: string }>(readQuerySql('release-tests'), [release.release]),
  ]);
  const kindOf = createKindFinder(endpoints.rows);
  const unknown = release.coverageOrigin === null ? { tested: null, confTested: null } : {};
  return {
    release,
    previous,
    endpoints: endpoints.rows.map((endpoint) => ({
      ...endpoint,
      ...unknown,
      reference:
        release.releaseDate === null ? null : formatReference(release.release, endpoint, kindOf(endpoint.path)),
    })),
    tests: tests.rows,
  };
}

type Kinds = Pick<DescribedEndpoint, 'method' | 'path' | 'group' | 'version' | 'kind'>;

/** Finds the kind of the object of a path: Pod for pods/log. */
function createKindFinder(endpoints: readonly Kinds[]): (path: string) => ReferencedKind | null {
  const kinds = new Map<string, ReferencedKind>();
  for (const { path, group, version, kind } of [...endpoints].sort((a, b) => (a.method < b.method ? -1 : 1))) {
    if (kind !== null && version !== null && !kinds.has(path)) kinds.set(path, { group: group ?? '', version, kind });
  }
  return (path) => kinds.get(findObjectPath(path) ?? path) ?? (isSubresource(path) ? null : (kinds.get(path) ?? null));
}

function formatReference(release: string, endpoint: DescribedEndpoint, kind: ReferencedKind | null): string {
  const forAllNamespaces = endpoint.endpoint.endsWith('ForAllNamespaces');
  return formatReferenceUrl(release, { ...endpoint, forAllNamespaces }, kind);
}
