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

/**
 * Lists the kinds of the resources that endpoints belong to, in the order of the endpoints: Pod for pods/eviction, if
 * an endpoint of Pod itself is among them.
 */
export function listKinds(hits: readonly Pick<EndpointHit, 'path' | 'kind'>[]): ReferencedKind[] {
  const kinds = new Map<string, ReferencedKind & { isOwn: boolean }>();
  for (const { path, kind } of hits) {
    const api = readApiVersion(path);
    if (path === null || kind === null || api === null) continue;
    const objectPath = findObjectPath(path) ?? path;
    const isOwn = path === objectPath || `${path}/{name}` === objectPath;
    const known = kinds.get(objectPath);
    if (known === undefined) kinds.set(objectPath, { ...api, kind, isOwn });
    else if (isOwn && !known.isOwn) Object.assign(known, { kind, isOwn });
  }
  const named = [...kinds.values()].map(({ group, version, kind }) => ({ group, version, kind }));
  return [...new Map(named.map((kind) => [JSON.stringify(kind), kind])).values()];
}

/** `Pod`, `Pod and Node`, `Pod, Node and 2 more kinds`; empty for none. */
export function describeKinds(kinds: readonly ReferencedKind[]): string {
  const names = [...new Set(kinds.map(({ kind }) => kind))];
  if (names.length <= 2) return names.join(' and ');
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} more kinds`;
}
