import { findNearest } from '@snoop/snoopdb/command-line';
import { formatApiVersion } from './served-kinds.ts';
import type { ServedKind } from './served-kinds.ts';

/** The kind that a name means. */
export type FoundKind =
  | { readonly state: 'found'; readonly kind: ServedKind }
  /** Several; each choice is a name that finds only one of them. */
  | { readonly state: 'ambiguous'; readonly choices: readonly string[] }
  | { readonly state: 'unknown'; readonly nearest: readonly string[] };

/**
 * Finds a kind as kubectl does: by kind, plural, singular or short name, ignoring case; also `deployments.apps`,
 * `deployments.v1.apps`, `apps/v1/Deployment`, `v1/Pod` and `deployments/scale`. Without a version, the preferred one
 * of its group is meant. Unlike in kubectl, a name of several groups is ambiguous.
 */
export function findKind(wanted: string, served: readonly ServedKind[]): FoundKind {
  const found = findExact(wanted.toLowerCase(), served) ?? [];
  const [kind, ...others] = pickPreferred(found);
  if (kind === undefined) return { state: 'unknown', nearest: findNearest(wanted, listNames(served), 3) };
  if (others.length === 0) return { state: 'found', kind };
  return { state: 'ambiguous', choices: [kind, ...others].map(nameUniquely).sort() };
}

function findExact(wanted: string, served: readonly ServedKind[]): ServedKind[] | null {
  const own = served.filter(({ subresource }) => subresource === null);
  const subs = served.filter(({ subresource }) => subresource !== null);
  const readings = [
    () => own.filter((kind) => isNamed(kind, wanted)),
    // A kind of a subresource alone: Eviction, Scale, TokenRequest.
    () => subs.filter(({ kind }) => kind.toLowerCase() === wanted),
    () => subs.filter((kind) => `${kind.resource}/${kind.subresource}`.toLowerCase() === wanted),
    () => own.filter((kind) => isQualified(kind, wanted)),
    () => subs.filter((kind) => isQualified(kind, wanted)),
  ];
  for (const read of readings) {
    const found = read();
    if (found.length > 0) return found;
  }
  return null;
}

function isNamed({ kind, resource, singular, shortNames }: ServedKind, wanted: string): boolean {
  return [kind.toLowerCase(), resource, singular, ...shortNames].includes(wanted);
}

function isQualified(served: ServedKind, wanted: string): boolean {
  const { group, version } = served.path;
  const byVersion = [served.kind.toLowerCase(), served.resource, `${served.resource}/${served.subresource}`];
  if (byVersion.some((name) => wanted === `${formatApiVersion(served.path)}/${name}`)) return true;
  if (served.subresource !== null) return false;
  if (
    byVersion.some((name) => wanted === `${formatApiVersion(served)}/${name}` || wanted === `core/${version}/${name}`)
  )
    return served.group === group;
  return [served.resource, served.kind.toLowerCase()].some(
    (name) => wanted === `${name}.${group}` || wanted === `${name}.${version}.${group}`,
  );
}

/** Of several versions of one resource in a group, the preferred, else the first; a version in the name leaves only one. */
function pickPreferred(found: readonly ServedKind[]): ServedKind[] {
  const byResource = new Map<string, ServedKind>();
  for (const one of found) {
    const key = [one.path.group, one.resource, one.subresource ?? ''].join('/');
    const before = byResource.get(key);
    if (before === undefined || (one.preferred && !before.preferred)) byResource.set(key, one);
  }
  return [...byResource.values()];
}

/** `events.k8s.io/v1/Event`, `deployments/scale` with its group and version. */
export function nameUniquely({ path, kind, resource, subresource }: ServedKind): string {
  return `${formatApiVersion(path)}/${subresource === null ? kind : `${resource}/${subresource}`}`;
}

function listNames(served: readonly ServedKind[]): string[] {
  return [
    ...new Set(served.flatMap(({ kind, resource, subresource }) => (subresource === null ? [kind, resource] : []))),
  ];
}
