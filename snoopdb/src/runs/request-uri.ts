/**
 * Formats the requestURI that the audit events of a request have: path and query as Go writes them (net/url:
 * URL.RequestURI), without the path prefix of a gateway such as Rancher.
 *
 * @param path path and query as sent by the client, one character per byte
 * @param server the address in the kubeconfig; null: unknown, without a prefix
 */
export function formatRequestUri(path: string, server: string | null): string {
  const uri = removePathPrefix(path, server);
  const mark = uri.indexOf('?');
  const [own, query] = mark < 0 ? [uri, ''] : [uri.slice(0, mark), uri.slice(mark)];
  return escapePath(own) + Buffer.from(query, 'latin1').toString('utf8');
}

function removePathPrefix(path: string, server: string | null): string {
  const prefix = server !== null && URL.canParse(server) ? new URL(server).pathname.replace(/\/+$/, '') : '';
  if (prefix === '' || !path.startsWith(prefix)) return path;
  const rest = path.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  // `/k8s/clusters/c-12` is not below `/k8s/clusters/c-1`.
  return rest.startsWith('/') ? rest : path;
}

/** Paths that Go does not change: unreserved characters, `%`, and others that Go accepts. */
const unchangedPath = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/;

/** Characters that Go does not escape when it rewrites a path. */
const unescaped = /[A-Za-z0-9\-._~$&+,/:;=@]/;

/** If any character of a path needs escaping, Go decodes and rewrites the whole path. */
function escapePath(path: string): string {
  if (unchangedPath.test(path)) return path;
  const bytes = path.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Array.from(bytes, (byte) =>
    unescaped.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
