import { splitRelease } from '../release.ts';

/** The parts of an endpoint that its reference URL depends on. */
export interface ReferencedEndpoint {
  readonly method: string;
  readonly path: string;
  readonly level: string;
  /** Whether its name ends in ForAllNamespaces; the reference separates lists of one and of all namespaces. */
  readonly forAllNamespaces: boolean;
}

/** The kind of the endpoint's resource: Pod for pods/log, pods/proxy and pods/status. */
export interface ReferencedKind {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const site = 'https://kubernetes.io/docs/reference/generated/kubernetes-api';

// /api/v1 or /apis/<group>/<version>; watch/; namespaces/{namespace}/; the resource; {name}; the subresource.
const resourcePath =
  /^(\/(?:api|apis\/[^/]+)\/[^/]+)(\/watch)?(\/namespaces\/\{namespace\})?\/([^/{}]+)(\/\{name\})?(?:\/(.+))?$/;

/** Returns the path of the object, without `watch` and subresource; null for discovery. */
export function findObjectPath(path: string): string | null {
  const found = resourcePath.exec(path);
  if (!found) return null;
  const [, root = '', , namespaced = '', resource = ''] = found;
  return `${root}${namespaced}/${resource}/{name}`;
}

/** Whether a path has a subresource, such as status, log or proxy. */
export function isSubresource(path: string): boolean {
  return resourcePath.exec(path)?.[6] !== undefined;
}

/**
 * Formats the URL of an endpoint in the Kubernetes API reference: of the operation, else of its kind, else of the page.
 * Anchors are those of kubernetes-sigs/reference-docs (gen-apidocs): `<operation>-<kind>-<version>-<group>` in lower case,
 * with hyphens for blanks and dots. For kinds that are not stable, only the anchor of the kind is sure to exist.
 *
 * @param release X.Y.Z, a published release
 * @param kind null: unknown
 */
export function formatReferenceUrl(release: string, endpoint: ReferencedEndpoint, kind: ReferencedKind | null): string {
  const page = formatReferencePage(release);
  if (kind === null) return page;
  const section = formatKindAnchor(kind);
  const operation = endpoint.level === 'stable' ? findOperationAnchor(endpoint) : null;
  return `${page}#${operation === null ? section : `${operation}-${section}`}`;
}

/** Formats the URL of a kind in the Kubernetes API reference. */
export function formatKindReferenceUrl(release: string, kind: ReferencedKind): string {
  return `${formatReferencePage(release)}#${formatKindAnchor(kind)}`;
}

/** Formats the URL of the whole reference of a release. */
export function formatReferencePage(release: string): string {
  const { major, minor } = splitRelease(release);
  return `${site}/v${major}.${minor}/`;
}

function formatKindAnchor({ kind, version, group }: ReferencedKind): string {
  return [kind, version, group || 'core'].join('-').toLowerCase().replaceAll('.', '-');
}

const onCollection: Readonly<Record<string, string>> = { GET: 'list', POST: 'create', DELETE: 'delete-collection' };
const onObject: Readonly<Record<string, string>> = { GET: 'read', PUT: 'replace', PATCH: 'patch', DELETE: 'delete' };
const onSubresource: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  status: { GET: 'read-status', PUT: 'replace-status', PATCH: 'patch-status' },
  scale: { GET: 'read-scale', PUT: 'replace-scale', PATCH: 'patch-scale' },
  log: { GET: 'read-log' },
  eviction: { POST: 'create-eviction' },
  exec: { GET: 'get-connect-exec', POST: 'create-connect-exec' },
  attach: { GET: 'get-connect-attach', POST: 'create-connect-attach' },
  portforward: { GET: 'get-connect-portforward', POST: 'create-connect-portforward' },
  proxy: listProxyAnchors(''),
  'proxy/{path}': listProxyAnchors('-path'),
};

function listProxyAnchors(suffix: string): Record<string, string> {
  const verbs = { GET: 'get', POST: 'create', PUT: 'replace', DELETE: 'delete', HEAD: 'head' };
  return Object.fromEntries(
    Object.entries(verbs).map(([method, verb]) => [method, `${verb}-connect-proxy${suffix}`] as const),
  );
}

/** @returns null: the reference has no section for the operation */
function findOperationAnchor({ method, path, forAllNamespaces }: ReferencedEndpoint): string | null {
  const found = resourcePath.exec(path);
  if (!found) return null;
  const [, , watch, , , name, subresource] = found;
  const everywhere = forAllNamespaces ? '-all-namespaces' : '';
  if (watch !== undefined) return name === undefined ? `watch-list${everywhere}` : 'watch';
  if (subresource !== undefined) return onSubresource[subresource]?.[method] ?? null;
  if (name !== undefined) return onObject[method] ?? null;
  const operation = onCollection[method];
  return operation === undefined ? null : operation + (operation === 'list' ? everywhere : '');
}
