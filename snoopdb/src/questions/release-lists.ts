import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';

/** An entry of a list that is not an endpoint of the release. */
export interface AbsentEntry {
  readonly endpoint: string;
  /** null: an entry of the pending list. */
  readonly reason: string | null;
  readonly link: string | null;
}

/** A list that a release uses. */
export interface ReleaseList {
  /** The release of the list, which is the nearest one. */
  readonly release: string;
  readonly origin: string;
  readonly absent: readonly AbsentEntry[];
}

/** null: none is loaded. */
export interface ReleaseLists {
  readonly ineligible: ReleaseList | null;
  readonly pending: ReleaseList | null;
}

/** Finds the lists of ineligible and pending endpoints of a release, with the entries that no endpoint of it has. */
export async function askReleaseLists(pool: Pool, release: string): Promise<ReleaseLists> {
  const found = await pool.query<ReleaseList & { what: keyof ReleaseLists }>(readQuerySql('release-lists'), [release]);
  const lists = new Map(found.rows.map(({ what, ...list }) => [what, list]));
  return { ineligible: lists.get('ineligible') ?? null, pending: lists.get('pending') ?? null };
}
