import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { sendRequest } from '../http-request.ts';
import { SnoopError } from '../errors.ts';

/** What a request needs of a kubeconfig: where the server is, and what it trusts and wants to see. A `KubeConfig` is one. */
export type ClusterAccess = Pick<KubeConfig, 'getCurrentCluster' | 'applyToHTTPSOptions'>;

/** A request that the generated clients cannot express; it is sent unchanged. */
export interface RawRequest {
  /** Default: GET. */
  readonly method?: string;
  /** Path and query, sent unchanged. */
  readonly path: string;
  /** Text and bytes are sent unchanged, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Limit for the response body; a larger one is an error. Default: unlimited. */
  readonly maxBytes?: number;
}

/** A request with a time limit, for the workbench's own requests. */
export interface TimedRequest extends RawRequest {
  /** For the whole response. */
  readonly timeoutMs?: number;
}

/** A response with any status: redirects are not followed, server errors are not thrown. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Parses the body as JSON. @throws SyntaxError */
  json(): unknown;
}

/**
 * Asks a cluster: sends one request with the credentials of a kubeconfig.
 *
 * @throws SnoopError `no_answer` when no complete response came; see its cause
 */
export async function sendRaw(access: ClusterAccess, request: TimedRequest): Promise<RawResponse> {
  const cluster = access.getCurrentCluster();
  if (!cluster) throw new SnoopError('no_cluster', 'The kubeconfig names no current cluster.');
  const server = new URL(cluster.server);
  const options: RequestOptions = {};
  await access.applyToHTTPSOptions(options);
  const { body, contentType } = encodeBody(request.body);
  const method = request.method ?? 'GET';
  const path = `${server.pathname.replace(/\/$/, '')}${request.path}`;
  Object.assign(options, {
    method,
    path,
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port || undefined,
    signal: combineSignals(request),
    // For methods that rarely have a body (DELETE, GET), Node sends no length: the server would read the body as the
    // next request.
    headers: {
      ...options.headers,
      ...contentType,
      ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
      ...request.headers,
    },
  });
  try {
    const answer = await sendRequest(options, { body, maxBytes: request.maxBytes });
    return { ...answer, json: () => JSON.parse(answer.body) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SnoopError('no_answer', `${method} ${path} got no answer from ${cluster.server}: ${why}`, {
      cause: error,
    });
  }
}

function combineSignals({ signal, timeoutMs }: TimedRequest): AbortSignal | undefined {
  if (timeoutMs === undefined) return signal;
  const inTime = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? inTime : AbortSignal.any([signal, inTime]);
}

function encodeBody(body: unknown): { body?: string | Uint8Array; contentType?: Record<string, string> } {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  return { body: JSON.stringify(body), contentType: { 'Content-Type': 'application/json' } };
}
