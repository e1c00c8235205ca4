import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { sendRequest } from '../http-request.ts';
import { SnoopError } from '../errors.ts';

/** A request as it should leave, for what the generated clients cannot say. */
export interface RawRequest {
  /** GET unless said otherwise. */
  readonly method?: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Of the answer's body; a longer one is no answer. All of it unless told. */
  readonly maxBytes?: number;
}

/** One of the workbench itself, which waits for no cluster forever. */
export interface TimedRequest extends RawRequest {
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs?: number;
}

/** An answer, whatever its status: redirects are not followed, errors of the server are not thrown. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body read as JSON. @throws SyntaxError when it is none */
  json(): unknown;
}

/**
 * Sends one request with the credentials of a kubeconfig.
 *
 * @throws SnoopError `no_answer` when the server did not answer, or not to the end; the cause says why
 */
export async function sendRaw(kubeConfig: KubeConfig, request: TimedRequest): Promise<RawResponse> {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new SnoopError('no_cluster', 'The kubeconfig names no current cluster.');
  const server = new URL(cluster.server);
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
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
    // Node says no length for methods that rarely have a body (DELETE, GET): the server would read it as the next request.
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
