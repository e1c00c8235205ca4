import type { Pool } from 'pg';

/** Result of looking up the name of an endpoint. */
export type NamedEndpoint =
  | { readonly state: 'found'; readonly endpoint: string }
  /** A prefix of several names. */
  | { readonly state: 'ambiguous'; readonly candidates: string[] }
  /** `known`: all names, for suggestions. */
  | { readonly state: 'unknown'; readonly known: string[] };

/** Lists the names of all endpoints of releases and clusters. */
export async function listEndpointNames(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ endpoint: string }>(
    `select endpoint from (
       select endpoint from public.open_api union select endpoint from testing.cluster_endpoint
     ) as known order by endpoint collate "C"`,
  );
  return found.rows.map(({ endpoint }) => endpoint);
}

/** Finds an endpoint by its exact name, else ignoring case, else by a unique prefix. */
export function findEndpointName(wanted: string, known: readonly string[]): NamedEndpoint {
  if (known.includes(wanted)) return { state: 'found', endpoint: wanted };
  const lower = wanted.toLowerCase();
  const same = known.filter((name) => name.toLowerCase() === lower);
  const candidates = same.length > 0 ? same : known.filter((name) => name.toLowerCase().startsWith(lower));
  const [only, ...others] = candidates;
  if (wanted === '' || only === undefined) return { state: 'unknown', known: [...known] };
  return others.length === 0 ? { state: 'found', endpoint: only } : { state: 'ambiguous', candidates };
}
