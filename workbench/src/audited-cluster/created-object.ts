import type { ClientRequest, IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { observeBody } from './response-body.ts';

/** An object of a cluster, so that it can be removed again. */
export interface ClusterObject {
  /** Of the object itself, without the query and without what the kubeconfig's server has before `/api`. */
  readonly path: string;
  /** Another object of the same name has another one. */
  readonly uid: string;
}

/** Larger than any object: etcd takes 1.5 MB, an answer in JSON is up to three times as large. */
const maxBytes = 16_000_000;

/**
 * Tells which object a request created, when its answer was read to the end: a POST to a collection, or a PUT or PATCH
 * that found nothing (server-side apply), answered 201. What creates no object (a dry run, a review, a subresource such
 * as a binding) tells nothing.
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
    const object = readObject(place, body, response.headers['content-encoding']);
    if (object !== null) tell(object);
  });
}

interface ObjectLocation {
  readonly collection: string;
  /** null: the answer says it. */
  readonly name: string | null;
}

/** The rules of the API server's RequestInfo: with `namespaces/<name>/` before the resource, or without. */
const objectPath = /^(.*?)(\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?[^/]+)(?:\/([^/]+))?\/?$/;

function parseLocation(method: string, requestPath: string): ObjectLocation | null {
  const [path = '', query = ''] = requestPath.split('?', 2);
  if (new URLSearchParams(query).has('dryRun')) return null;
  const [, prefix = '', collection, name] = objectPath.exec(path) ?? [];
  // What a proxy path leads to is no object of this cluster.
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
    // Reviews and tokens have no uid: nothing is stored of them.
    if (typeof found !== 'string' || typeof metadata?.uid !== 'string' || metadata.uid === '') return null;
    return { path: `${collection}/${name ?? encodeURIComponent(found)}`, uid: metadata.uid };
  } catch {
    return null;
  }
}
