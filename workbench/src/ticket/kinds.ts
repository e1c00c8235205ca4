import { findObjectPath, type EndpointHit, type ReferencedKind } from '@snoop/snoopdb';

const apiPath = /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\//;

/** Reads group and version of an endpoint's path; null: it has none, such as `/version/`. */
export function readApiVersion(path: string | null): { group: string; version: string } | null {
  const { group = '', version } = apiPath.exec(path ?? '')?.groups ?? {};
  return version === undefined ? null : { group, version };
}

/** `/apis/<group>/<version>/` or `/api/v1/`; null: the path has none. */
export function findApiPath(path: string | null): string | null {
  return apiPath.exec(path ?? '')?.[0] ?? null;
}

type KindOfPath = Pick<EndpointHit, 'path' | 'kind'>;

/** A kind of a ticket. */
export interface TicketKind extends ReferencedKind {
  /** Whether it is the kind of a resource, and not of a subresource such as pods/eviction. */
  readonly isResource: boolean;
}

/**
 * Lists the kinds of the resources that endpoints belong to, in the order of the endpoints.
 *
 * @param context endpoints that tell the kinds of resources: Pod for pods/eviction, if an endpoint of Pod is among them
 */
export function listKinds(endpoints: readonly KindOfPath[], context = endpoints): TicketKind[] {
  const resources = new Map(
    context.flatMap(({ path, kind }) => {
      const objectPath = path === null ? null : findObjectPath(path);
      return kind !== null && (path === objectPath || `${path}/{name}` === objectPath) ? [[objectPath, kind]] : [];
    }),
  );
  const kinds = new Map<string, TicketKind>();
  for (const { path, kind } of endpoints) {
    const api = readApiVersion(path);
    if (path === null || kind === null || api === null) continue;
    const resource = resources.get(findObjectPath(path));
    const found = { ...api, kind: resource ?? kind, isResource: resource !== undefined };
    kinds.set(JSON.stringify(found), found);
  }
  return [...kinds.values()];
}

/** `Pod`, `Pod and Node`, `Pod, Node and 2 more kinds`; empty for none. */
export function describeKinds(kinds: readonly ReferencedKind[]): string {
  const names = [...new Set(kinds.map(({ kind }) => kind))];
  if (names.length <= 2) return names.join(' and ');
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} more kinds`;
}
