/**
 * The requestURI that the audit events of a request have: its path and query without the path prefix under which a
 * gateway such as Rancher serves the API server, as Go writes them (net/url: URL.RequestURI).
 *
 * @param path path and query as the client sent them, one character a byte
 * @param server the address in the kubeconfig; null: it is not known, and has no prefix
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

/** Unreserved characters, `%`, and those that Go takes in a path as they are. */
const unchangedPath = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]*$/;

/** Those that Go leaves as they are when it writes a path anew. */
const unescaped = /[A-Za-z0-9\-._~$&+,/:;=@]/;

/** A path with a character that belongs escaped is taken apart and written anew by Go, all of it. */
function escapePath(path: string): string {
  if (unchangedPath.test(path)) return path;
  const bytes = path.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Array.from(bytes, (byte) =>
    unescaped.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
