import {
  findEndpointName,
  findEndpointsOfKind,
  findEndpointsOfRequest,
  listEndpointNames,
  listKinds,
} from '@snoop/snoopdb';
import type { FoundEndpoint, Pool } from '@snoop/snoopdb';
import { findNearest } from '@snoop/snoopdb/command-line';

/** What a person named: an endpoint or a kind by a word, or a request. */
export type Asked = { readonly name: string } | { readonly verb: string | null; readonly path: string };

/** The endpoints of a kind or a request. */
export interface SeveralEndpoints {
  readonly state: 'several';
  /** Of what, for people. */
  readonly of: string;
  readonly endpoints: readonly FoundEndpoint[];
}

/** What was meant. */
export type AskedEndpoint =
  | { readonly state: 'one'; readonly endpoint: string }
  | SeveralEndpoints
  /** `said`: what there is instead, line by line. */
  | { readonly state: 'none'; readonly said: readonly string[] };

/** How many endpoints with the same beginning are listed. */
const listed = 10;

/**
 * Finds the endpoints that a person means by a name, a kind, a resource or a request.
 *
 * @param release undefined: the baseline in use
 */
export async function findAskedEndpoint(pool: Pool, asked: Asked, release?: string): Promise<AskedEndpoint> {
  return 'name' in asked ? findByName(pool, asked.name, release) : findByRequest(pool, asked, release);
}

async function findByName(pool: Pool, wanted: string, release?: string): Promise<AskedEndpoint> {
  const names = await listEndpointNames(pool);
  const named = findEndpointName(wanted, names);
  if (named.state === 'found') return { state: 'one', endpoint: named.endpoint };
  const ofKind = await findEndpointsOfKind(pool, wanted, release);
  if (ofKind.length > 0) return choose(`Kind ${wanted}`, ofKind);
  if (named.state === 'ambiguous') {
    const some = named.candidates.slice(0, listed);
    const rest = named.candidates.length - some.length;
    return {
      state: 'none',
      said: [
        `'${wanted}' is the beginning of ${named.candidates.length} endpoints:`,
        ...some.map((candidate) => `  ${candidate}`),
        ...(rest > 0 ? [`  and ${rest} more`] : []),
      ],
    };
  }
  const nearest = [...findNearest(wanted, await listKinds(pool), 1), ...findNearest(wanted, names, 3)];
  const hint =
    nearest.length > 0
      ? `The nearest: ${nearest.join(', ')}.`
      : "A kind (Pod) or a path (/api/v1/pods) finds its endpoints; 'snoop untested' lists some.";
  return {
    state: 'none',
    said: [`There is no endpoint '${wanted}'. ${names.length === 0 ? 'None is loaded.' : hint}`],
  };
}

async function findByRequest(
  pool: Pool,
  request: { readonly verb: string | null; readonly path: string },
  release?: string,
): Promise<AskedEndpoint> {
  const what = request.verb === null ? request.path : `${request.verb} ${request.path}`;
  const { endpoints, nearest } = await findEndpointsOfRequest(pool, request, release);
  if (endpoints.length > 0) return choose(what, endpoints);
  return {
    state: 'none',
    said: [
      `No endpoint serves ${what}.${nearest.length === 0 ? ' None comes near it.' : ' The nearest:'}`,
      ...nearest.map(({ endpoint, method, path }) => `  ${method} ${path} (${endpoint})`),
    ],
  };
}

function choose(of: string, endpoints: readonly FoundEndpoint[]): AskedEndpoint {
  const current = endpoints.filter(({ deprecated }) => !deprecated);
  const [only, ...others] = current.length > 0 ? current : endpoints;
  return only !== undefined && others.length === 0
    ? { state: 'one', endpoint: only.endpoint }
    : { state: 'several', of, endpoints };
}
