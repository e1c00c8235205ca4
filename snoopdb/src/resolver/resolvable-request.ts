import { httpMethods, otherMethod, unknownMethod } from './endpoint-trie.ts';

export interface ResolvableRequest {
  /** The audit verb. */
  verb: string;
  /** Path and query as in the audit event. */
  requestURI: string;
  /** The HTTP method, if the sender knows it: an audit event cannot tell HEAD from GET. */
  method?: string;
}

// Kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go. A HEAD of a resource is logged as get,
// list or watch; a method without a verb, such as OPTIONS, has an empty verb; outside resources the verb is the method
// in lower case.
const methodOfVerb = new Map<string, number>(
  Object.entries({
    get: 'GET',
    list: 'GET',
    watch: 'GET',
    create: 'POST',
    update: 'PUT',
    patch: 'PATCH',
    delete: 'DELETE',
    deletecollection: 'DELETE',
    '': 'OPTIONS',
    head: 'HEAD',
    options: 'OPTIONS',
    post: 'POST',
    put: 'PUT',
  } as const).map(([verb, method]) => [verb, httpMethods.indexOf(method)]),
);
methodOfVerb.set('connect', otherMethod).set('trace', otherMethod);

/** The number of a request's HTTP method: the sender's, otherwise from the verb. */
export function readMethod({ verb, method }: ResolvableRequest): number {
  // Events come from outside, so fields may be missing despite the types.
  if (typeof method === 'string' && method !== '') {
    const known = (httpMethods as readonly string[]).indexOf(method.toUpperCase());
    return known < 0 ? otherMethod : known;
  }
  return methodOfVerb.get(verb) ?? unknownMethod;
}

const slash = 0x2f;
const percent = 0x25;

/**
 * In characters, with escapes; hundreds of times the longest real path. Longer paths are not resolved: their beginning
 * alone could mean another endpoint.
 */
export const maxPathLength = 128 * 1024;

/**
 * The path of a request as the API server splits it: without the query, percent escapes decoded, so that `%2F`
 * separates. Invalid escapes stay. Null if there is no path or it is too long.
 */
export function readPath(request: ResolvableRequest): string | null {
  const requestUri: unknown = request?.requestURI;
  if (typeof requestUri !== 'string' || requestUri.charCodeAt(0) !== slash) return null;
  const query = requestUri.indexOf('?');
  const path = query < 0 ? requestUri : requestUri.slice(0, query);
  if (path.length > maxPathLength) return null;
  return path.includes('%') ? decodeEscapes(path) : path;
}

// Not decodeURIComponent, which throws at the first escape that is not UTF-8.
function decodeEscapes(path: string): string {
  const bytes = Buffer.from(path);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const decoded = byte === percent ? readHex(bytes[at + 1]) * 16 + readHex(bytes[at + 2]) : Number.NaN;
    if (!Number.isNaN(decoded)) at += 2;
    bytes[length] = Number.isNaN(decoded) ? byte : decoded;
    length += 1;
  }
  return bytes.toString('utf8', 0, length);
}

/** The value of a hexadecimal digit, or NaN. */
function readHex(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/** Whether the path is below /api or /apis. */
export function isApiPath(path: string): boolean {
  return /^apis?(?:\/|$)/.test(skipLeadingSlashes(path));
}

/** Whether the API server treats the path as a resource's and so logs a verb instead of the method. */
export function isResourcePath(path: string): boolean {
  return /^(?:api\/[^/]*|apis\/[^/]*\/[^/]*)\/[^/]/.test(skipLeadingSlashes(path));
}

/** A path may begin with a million slashes. No group and version is longer than what is returned. */
function skipLeadingSlashes(path: string): string {
  let start = 0;
  while (path.charCodeAt(start) === slash) start += 1;
  return path.slice(start, start + 1024);
}
