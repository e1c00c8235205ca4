import { parseBoundedJson } from '@snoop/snoopdb';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import { asList, asRecord, asText, asTexts } from './json.ts';

export interface GroupVersionKind {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A resource or subresource that a cluster serves. */
export interface ServedKind extends GroupVersionKind {
  /** Group and version of its path. A subresource may have a kind of another group: `pods/eviction`. */
  readonly path: { readonly group: string; readonly version: string };
  /** The plural. */
  readonly resource: string;
  /** null: the resource itself. */
  readonly subresource: string | null;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Whether its version is the one that the server prefers for the resource. */
  readonly preferred: boolean;
}

/** A cluster with thousands of kinds has a few MB. */
const maxBytes = 32 << 20;
const timeoutMs = 20_000;
/** For a server without aggregated discovery: this many requests at a time. */
const maxParallel = 8;

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Lists what a cluster serves, by discovery: aggregated (Kubernetes 1.30 and later), else group by group.
 *
 * @throws SnoopError `no_answer`, `no_discovery`
 */
export async function listServedKinds(access: ClusterAccess): Promise<ServedKind[]> {
  const [core, groups] = await Promise.all([discover(access, '/api'), discover(access, '/apis')]);
  const found =
    core.aggregated && groups.aggregated
      ? [...readAggregated(core.document), ...readAggregated(groups.document)]
      : await listByGroup(access, core.document, groups.document);
  return markPreferred(found.filter(hasSafeNames));
}

/** A group may prefer a version that does not serve the resource: then the first is preferred that does. */
function markPreferred(found: readonly ServedKind[]): ServedKind[] {
  const preferred = new Map<string, ServedKind>();
  const identify = ({ path, resource, subresource }: ServedKind): string =>
    [path.group, resource, subresource ?? ''].join('/');
  for (const one of found) {
    const before = preferred.get(identify(one));
    if (before === undefined || (one.preferred && !before.preferred)) preferred.set(identify(one), one);
  }
  return found.map((one) => ({ ...one, preferred: preferred.get(identify(one)) === one }));
}

/** Names become code of the written test. Kubernetes accepts no others for custom resources. */
const safeName = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;

function hasSafeNames({ group, version, kind, path, resource, subresource }: ServedKind): boolean {
  const names = [version, kind, path.version, resource, ...[group, path.group].filter((name) => name !== '')];
  return names.every((name) => safeName.test(name)) && /^[\w./-]*$/.test(subresource ?? '');
}

interface Discovered {
  readonly document: unknown;
  readonly aggregated: boolean;
}

async function discover(access: ClusterAccess, path: string): Promise<Discovered> {
  const headers = { Accept: `${aggregated},application/json` };
  const answer = await sendRaw(access, { path, headers, maxBytes, timeoutMs });
  if (answer.status !== 200) {
    throw new SnoopError(
      'no_discovery',
      `The cluster answered ${answer.status} to GET ${path}: its kinds are unknown.`,
    );
  }
  return {
    document: parseBoundedJson(`The cluster's ${path}`, answer.body),
    aggregated: String(answer.headers['content-type']).includes('as=APIGroupDiscoveryList'),
  };
}

function readAggregated(document: unknown): ServedKind[] {
  return asList(asRecord(document).items).flatMap((item) => {
    const group = asText(asRecord(asRecord(item).metadata).name);
    return asList(asRecord(item).versions).flatMap((entry, index) => {
      const version = asText(asRecord(entry).version);
      return asList(asRecord(entry).resources).flatMap((resource) =>
        readResource(asRecord(resource), { group, version }, index === 0),
      );
    });
  });
}

function readResource(resource: Record<string, unknown>, path: ServedKind['path'], preferred: boolean): ServedKind[] {
  const shared = {
    path,
    resource: asText(resource.resource),
    singular: asText(resource.singularResource),
    shortNames: asTexts(resource.shortNames),
    namespaced: resource.scope === 'Namespaced',
    preferred,
  };
  const readKind = (kind: unknown): GroupVersionKind => {
    const { group, version, kind: name } = asRecord(kind);
    // An empty group and version mean those of the path.
    const own = asText(version) === '';
    return {
      group: own ? path.group : asText(group),
      version: own ? path.version : asText(version),
      kind: asText(name),
    };
  };
  return [
    { ...shared, ...readKind(resource.responseKind), subresource: null, verbs: asTexts(resource.verbs) },
    ...asList(resource.subresources).map((sub) => ({
      ...shared,
      ...readKind(asRecord(sub).responseKind),
      subresource: asText(asRecord(sub).subresource),
      verbs: asTexts(asRecord(sub).verbs),
    })),
  ];
}

async function listByGroup(access: ClusterAccess, core: unknown, groups: unknown): Promise<ServedKind[]> {
  const versions = [
    ...asTexts(asRecord(core).versions).map((version) => ({ group: '', version, preferred: true })),
    ...asList(asRecord(groups).groups).flatMap((one) => {
      const { name, versions: served, preferredVersion } = asRecord(one);
      const first = asText(asRecord(preferredVersion).version);
      return asTexts(asList(served).map((entry) => asRecord(entry).version)).map((version) => ({
        group: asText(name),
        version,
        preferred: version === first,
      }));
    }),
  ];
  const found: ServedKind[] = [];
  for (let start = 0; start < versions.length; start += maxParallel) {
    const some = versions.slice(start, start + maxParallel);
    const lists = await Promise.all(some.map((one) => listOfVersion(access, one)));
    found.push(...lists.flat());
  }
  return found;
}

/** An aggregated API whose server is down or does not answer has no kinds; the others are still found. */
async function listOfVersion(
  access: ClusterAccess,
  { preferred, ...path }: ServedKind['path'] & { readonly preferred: boolean },
): Promise<ServedKind[]> {
  const answer = await sendRaw(access, { path: formatVersionPath(path), maxBytes, timeoutMs }).catch(
    (error: unknown) => {
      if (error instanceof SnoopError && error.code === 'no_answer') return null;
      throw error;
    },
  );
  if (answer?.status !== 200) return [];
  const document = parseBoundedJson(`The cluster's ${formatVersionPath(path)}`, answer.body);
  return asList(asRecord(document).resources).map((entry) => {
    const { name, kind, group, version, singularName, shortNames, namespaced, verbs } = asRecord(entry);
    const [resource = '', ...rest] = asText(name).split('/');
    return {
      group: asText(group) || (asText(version) === '' ? path.group : ''),
      version: asText(version) || path.version,
      kind: asText(kind),
      path,
      resource,
      subresource: rest.length === 0 ? null : rest.join('/'),
      singular: asText(singularName),
      shortNames: asTexts(shortNames),
      namespaced: namespaced === true,
      verbs: asTexts(verbs),
      preferred,
    };
  });
}

/** `/api/v1`, `/apis/apps/v1`. */
export function formatVersionPath({ group, version }: ServedKind['path']): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of a kind's collection: `/api/v1/namespaces/{namespace}/pods`, `/api/v1/nodes`. */
export function formatCollectionPath(kind: ServedKind, namespace = '{namespace}'): string {
  return `${formatVersionPath(kind.path)}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.resource}`;
}

/** `v1`, `apps/v1`. */
export function formatApiVersion({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
