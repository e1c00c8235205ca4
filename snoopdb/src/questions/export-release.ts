import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import { publishedSource } from '../releases/published-hits.ts';
import { type AskedRelease, findAskedRelease } from './asked-release.ts';

/** The coverage of a release, with the fields of published files. */
export interface PublishedRelease {
  readonly spec: string | null;
  readonly tests: readonly {
    readonly file: string | null;
    readonly test: string;
    readonly release: string;
    readonly testname: string | null;
    readonly conformance_test: boolean;
    readonly promotion_release: string | null;
  }[];
  readonly release: string;
  /** The CI runs it was computed from. */
  readonly sources: readonly string[];
  readonly endpoints: readonly {
    readonly kind: string | null;
    readonly path: string;
    readonly group: string | null;
    readonly level: string;
    readonly tests: readonly string[];
    readonly action: string | null;
    readonly tested: boolean;
    readonly release: string;
    readonly version: string | null;
    readonly category: string;
    readonly endpoint: string;
    readonly conf_tested: boolean;
    readonly description: string | null;
  }[];
  /**
   * Endpoints with unknown coverage, which no total counts; `unknown` is the reason. Missing if there are none. Published
   * files have no such field.
   */
  readonly 'unknown endpoints'?: readonly (Omit<
    PublishedRelease['endpoints'][number],
    'tests' | 'tested' | 'conf_tested'
  > & { readonly unknown: string })[];
  /** `2026-04-20T06:47:56`; null while in development. */
  readonly release_date: string | null;
  readonly 'total endpoints': number;
  readonly 'tested endpoints': number;
  /** The next four are null if unknown: what is eligible without a list, what is new without a history. */
  readonly 'new conformance eligible endpoints': number | null;
  readonly 'total conformance eligible endpoints': number | null;
  readonly 'tested conformance eligible endpoints': number | null;
  readonly 'new tested conformance eligible endpoints': number | null;
  /** Why the coverage is incomplete, as a sentence; missing if it is complete. Published files have no such field. */
  readonly incomplete?: string;
}

/** The coverage file of a release, and whether that release is published. */
export interface ExportedRelease {
  readonly document: PublishedRelease;
  readonly finished: boolean;
}

/**
 * Exports the coverage file of a release, in a stable order, without nulls in `tests`.
 *
 * @throws SnoopDbError `unknown_release`, `no_coverage`, `bad_release`
 */
export async function exportRelease(pool: Pool, wanted: string | AskedRelease): Promise<ExportedRelease> {
  const { release, incomplete } = await findAskedRelease(pool, wanted, 'coverage');
  const found = await pool.query<{ document: PublishedRelease; finished: boolean }>(readQuerySql('export-release'), [
    release,
    publishedSource,
  ]);
  const row = found.rows[0];
  // The release was removed just now: fails with the right error.
  if (row === undefined) return exportRelease(pool, release);
  const { 'unknown endpoints': unknown, ...document } = row.document;
  return {
    ...row,
    document: {
      ...document,
      ...(unknown && { 'unknown endpoints': unknown }),
      ...(incomplete !== null && { incomplete }),
    },
  };
}
