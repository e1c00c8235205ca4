import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import type { Level } from '../rules/level.ts';
import { findAskedRelease } from './asked-release.ts';

/** An endpoint of a release, as coverage files describe it. */
export interface DocumentedEndpoint {
  readonly endpoint: string;
  readonly level: string;
  readonly category: string;
  readonly path: string;
  readonly description: string | null;
  readonly kind: string | null;
  readonly version: string | null;
  readonly group: string | null;
  readonly action: string | null;
  /** null: no list of ineligible endpoints is loaded. */
  readonly eligible: boolean | null;
  /** Whether it is first stable in this release. */
  readonly isNew: boolean;
  readonly knowsNew: boolean | null;
}

/** A listed conformance test. */
export interface DocumentedTest {
  readonly testname: string | null;
  readonly file: string | null;
  readonly promotionRelease: string | null;
}

/** An operation of a release, to resolve requests with. */
export interface DocumentedOperation {
  /** Unique in the release. */
  readonly endpoint: string;
  /** In upper case. */
  readonly method: string;
  readonly path: string;
  readonly level: Level;
  readonly deprecated: boolean;
  readonly category: string;
  readonly group: string | null;
  readonly version: string | null;
  readonly kind: string | null;
  readonly action: string | null;
}

/** What a coverage file of a release needs besides hits. */
export interface ReleaseDocument {
  readonly release: string;
  readonly spec: string | null;
  readonly endpoints: readonly DocumentedEndpoint[];
  /** All, also those that are deprecated. */
  readonly operations: readonly DocumentedOperation[];
  /** By code name. */
  readonly tests: ReadonlyMap<string, DocumentedTest>;
}

/**
 * Reads the endpoints and listed tests of a loaded release.
 *
 * @throws SnoopDbError `unknown_release`, `bad_release`
 */
export async function askReleaseDocument(pool: Pool, wanted: string): Promise<ReleaseDocument> {
  const { release } = await findAskedRelease(pool, wanted, 'endpoints');
  const endpoints = await pool.query<DocumentedEndpoint>(readQuerySql('release-document'), [release]);
  const operations = await pool.query<DocumentedOperation>(
    `select endpoint, method, path, level, deprecated, category, k8s_group as "group", k8s_version as version,
            k8s_kind as kind, k8s_action as action
       from public.open_api where release = $1 order by path, method`,
    [release],
  );
  const spec = await pool.query<{ spec: string }>(
    'select spec from public.open_api where release = $1 and spec is not null limit 1',
    [release],
  );
  const tests = await pool.query<DocumentedTest & { codename: string }>(
    `select codename, testname, file, promoted_in as "promotionRelease" from conformance.listed_test
      where release = conformance.list_release('tests', $1)`,
    [release],
  );
  return {
    release,
    spec: spec.rows[0]?.spec ?? null,
    endpoints: endpoints.rows,
    operations: operations.rows,
    tests: new Map(tests.rows.map(({ codename, ...test }) => [codename, test])),
  };
}
