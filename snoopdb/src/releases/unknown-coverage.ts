import type { PoolClient } from 'pg';

/** An endpoint that no source of a release's coverage could see. */
export interface UnknownEndpoint {
  endpoint: string;
  /** Why, in a sentence. */
  reason: string;
}

/** Replaces the endpoints of a release whose coverage is unknown. */
export async function replaceUnknown(
  client: PoolClient,
  release: string,
  unknown: readonly UnknownEndpoint[],
): Promise<void> {
  await client.query('delete from public.unknown_coverage where release = $1', [release]);
  await client.query(
    `insert into public.unknown_coverage (release, endpoint, reason)
     select $1, endpoint, reason from unnest($2::text[], $3::text[]) as given (endpoint, reason)`,
    [release, unknown.map(({ endpoint }) => endpoint), unknown.map(({ reason }) => reason)],
  );
}
