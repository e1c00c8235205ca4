/** What a path of the API says about its resource. */
export interface PathResource {
  /** Empty: core. */
  readonly group: string;
  readonly version: string;
  /** In plural, without a subresource; null: the path is of discovery. */
  readonly resource: string | null;
  /** Whether the path names one object, and no subresource of it. */
  readonly isObject: boolean;
}

/** Subresources of a namespace, which look like resources in it. */
const namespaceParts = new Set(['status', 'finalize']);

/** Reads the resource of a path, also of one with parameters in braces; null: it has no group and version. */
export function findPathResource(path: string): PathResource | null {
  const parts = path.split('/').filter(Boolean);
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return null;
  const group = root === 'api' ? '' : (rest.shift() ?? '');
  const version = rest.shift();
  if (version === undefined) return null;
  const isNamespaced = rest[0] === 'namespaces' && rest[2] !== undefined && !namespaceParts.has(rest[2]);
  const [resource = null, name, ...more] = isNamespaced ? rest.slice(2) : rest;
  return { group, version, resource, isObject: name !== undefined && more.length === 0 };
}
