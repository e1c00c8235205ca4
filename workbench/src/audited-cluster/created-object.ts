import type { ClientRequest, IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { observeBody } from './response-body.ts';

/** An object of a cluster, to be removed later. */
export interface ClusterObject {
  /** The object's path, without the query and without the path prefix of the kubeconfig's server. */
  readonly path: string;
  /** Distinguishes objects of the same name. */
  readonly uid: string;
}

/** Larger than any object: etcd takes 1.5 MB, and JSON may be three times as large. */
const maxBytes = 16_000_000;

/**
 * Reports the object that a request created, once its response was read to the end: a POST to a collection, or a PUT
 * or PATCH that found nothing (server-side apply), answered 201. Requests that create no object (a dry run, a review,
 * a subresource such as a binding) report nothing.
 */
export function readCreatedObject(
  request: ClientRequest,
  response: IncomingMessage,
  tell: (object: ClusterObject) => void,
): void {
  if (response.statusCode !== 201) return;
  const place = parseLocation(request.method, request.path);
  if (place === null) return;
  observeBody(response, maxBytes, (body) => {
    const object = body && readObject(place, body, response.headers['content-encoding']);
    if (object !== null) tell(object);
  });
}

interface ObjectLocation {
  readonly collection: string;
  /** null: it is in the response. */
  readonly name: string | null;
}

/** As the API server's RequestInfo, with or without `namespaces/<name>/` before the resource. */
const objectPath = /^(.*?)(\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?[^/]+)(?:\/([^/]+))?\/?$/;

function parseLocation(method: string, requestPath: string): ObjectLocation | null {
  const [path = '', query = ''] = requestPath.split('?', 2);
  if (new URLSearchParams(query).has('dryRun')) return null;
  const [, prefix = '', collection, name] = objectPath.exec(path) ?? [];
  // A proxy path does not lead to an object of this cluster.
  if (collection === undefined || /\/proxy(\/|$)/.test(prefix)) return null;
  if (method === 'POST') return name === undefined ? { collection, name: null } : null;
  if (method !== 'PUT' && method !== 'PATCH') return null;
  return name === undefined ? null : { collection, name };
}

function readObject(
  { collection, name }: ObjectLocation,
  body: Buffer,
  encoding: string | undefined,
): ClusterObject | null {
  try {
    const text = encoding === 'gzip' ? gunzipSync(body, { maxOutputLength: maxBytes }) : body;
    const { metadata }: { metadata?: { name?: unknown; uid?: unknown } } = JSON.parse(text.toString('utf8'));
    const found = name ?? metadata?.name;
    // Reviews and tokens have no uid: they are not stored.
    if (typeof found !== 'string' || typeof metadata?.uid !== 'string' || metadata.uid === '') return null;
    return { path: `${collection}/${name ?? encodeURIComponent(found)}`, uid: metadata.uid };
  } catch {
    return null;
  }
}
