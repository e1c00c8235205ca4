import { findEndpointName } from '@snoop/snoopdb';
import type { Operation } from './api-document.ts';
import { formatCollectionPath, formatVersionPath } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';

/** The resource that the name of an endpoint means. */
export type EndpointKind =
  | { readonly state: 'found'; readonly kind: ServedKind }
  /** A prefix of endpoints of several resources. */
  | { readonly state: 'ambiguous'; readonly choices: readonly string[] }
  /** A discovery endpoint, for example. */
  | { readonly state: 'no kind'; readonly endpoint: string }
  | { readonly state: 'unknown'; readonly known: readonly string[] };

/** Finds the resource of an endpoint by the endpoint's name or a prefix, ignoring case. */
export function findEndpointKind(
  wanted: string,
  operations: readonly Operation[],
  served: readonly ServedKind[],
): EndpointKind {
  const names = operations.map(({ endpoint }) => endpoint);
  const named = findEndpointName(wanted, names);
  if (named.state === 'unknown') return { state: 'unknown', known: names };
  const found = named.state === 'found' ? [named.endpoint] : named.candidates;
  const kinds = new Set(
    operations.flatMap(({ endpoint, path }) => (found.includes(endpoint) ? [findResource(path, served)] : [])),
  );
  const [kind, ...others] = kinds;
  if (others.length > 0) return { state: 'ambiguous', choices: found };
  return kind === undefined || kind === null
    ? { state: 'no kind', endpoint: found[0] ?? wanted }
    : { state: 'found', kind };
}

function findResource(path: string, served: readonly ServedKind[]): ServedKind | null {
  return (
    served.find((kind) => {
      if (kind.subresource !== null) return false;
      const collection = formatCollectionPath(kind);
      const all = `${formatVersionPath(kind.path)}/${kind.resource}`;
      return path === all || path === collection || path.startsWith(`${collection}/{name}`);
    }) ?? null
  );
}
