import {
  findEndpointName,
  findEndpointsOfKind,
  findEndpointsOfRequest,
  listEndpointNames,
  listKinds,
} from '@snoop/snoopdb';
import type { FoundEndpoint, Pool } from '@snoop/snoopdb';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';

/** The name of an endpoint or kind, or a request. */
export type Asked = { readonly name: string } | { readonly verb: string | null; readonly path: string };

/** The endpoints of a kind or a request. */
export interface SeveralEndpoints {
  readonly state: 'several';
  /** The kind or request. */
  readonly title: string;
  readonly endpoints: readonly FoundEndpoint[];
}

export type AskedEndpoint =
  | { readonly state: 'one'; readonly endpoint: string }
  | SeveralEndpoints
  /** `message`: lines, with suggestions. */
  | { readonly state: 'none'; readonly message: readonly string[] };

/** The most endpoints with the same prefix that are listed. */
const maxListed = 10;

/**
 * Finds endpoints by a name, kind, resource or request.
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
    const some = named.candidates.slice(0, maxListed);
    const rest = named.candidates.length - some.length;
    return {
      state: 'none',
      message: [
        `'${wanted}' is a prefix of ${named.candidates.length} endpoints:`,
        ...some.map((candidate) => `  ${candidate}`),
        ...(rest > 0 ? [`  and ${rest} more`] : []),
      ],
    };
  }
  const nearest = [...findNearest(wanted, await listKinds(pool), 1), ...findNearest(wanted, names, 3)];
  const hint =
    didYouMean(nearest) || "A kind (Pod) or a path (/api/v1/pods) finds its endpoints; 'snoop untested' lists some.";
  return {
    state: 'none',
    message: [`There is no endpoint '${wanted}'. ${names.length === 0 ? 'None is loaded.' : hint}`],
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
    message: [
      `No endpoint serves ${what}.${nearest.length === 0 ? '' : ' Did you mean:'}`,
      ...nearest.map(({ endpoint, method, path }) => `  ${method} ${path} (${endpoint})`),
    ],
  };
}

function choose(title: string, endpoints: readonly FoundEndpoint[]): AskedEndpoint {
  const current = endpoints.filter(({ deprecated }) => !deprecated);
  const [only, ...others] = current.length > 0 ? current : endpoints;
  return only !== undefined && others.length === 0
    ? { state: 'one', endpoint: only.endpoint }
    : { state: 'several', title, endpoints };
}
