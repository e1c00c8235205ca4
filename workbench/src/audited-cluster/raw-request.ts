import * as http from 'node:http';
import * as https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
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
  readonly mostBytes?: number;
}

/** An answer, whatever its status: redirects are not followed, errors of the server are not thrown. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The body read as JSON. @throws SyntaxError when it is none */
  json(): unknown;
}

/**
 * Sends one request with the credentials of a kubeconfig.
 *
 * @throws SnoopError `no_answer` when the server did not answer, or not to the end; the cause says why
 */
export async function sendRaw(kubeConfig: KubeConfig, request: RawRequest): Promise<RawAnswer> {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new SnoopError('no_cluster', 'The kubeconfig names no current cluster.');
  const server = new URL(cluster.server);
  const options: https.RequestOptions = {};
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
    signal: request.signal,
    // Node says no length for methods that rarely have a body (DELETE, GET): the server would read it as the next request.
    headers: {
      ...options.headers,
      ...contentType,
      ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
      ...request.headers,
    },
  });
  const send = server.protocol === 'https:' ? https.request : http.request;
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      const sent = send(options, (response) => void collect(response, request.mostBytes).then(resolve, reject));
      sent.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(answer(response, ''));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SnoopError('no_answer', `${method} ${path} got no answer from ${cluster.server}: ${why}`, {
      cause: error,
    });
  }
}

function encodeBody(body: unknown): { body?: string | Uint8Array; contentType?: Record<string, string> } {
  if (body === undefined) return {};
  if (typeof body === 'string' || body instanceof Uint8Array) return { body };
  return { body: JSON.stringify(body), contentType: { 'Content-Type': 'application/json' } };
}

async function collect(response: http.IncomingMessage, mostBytes = Number.POSITIVE_INFINITY): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += Buffer.byteLength(chunk);
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
  }
  return answer(response, Buffer.concat(chunks).toString('utf8'));
}

function answer(response: http.IncomingMessage, body: string): RawAnswer {
  return { status: response.statusCode ?? 0, headers: response.headers, body, json: () => JSON.parse(body) };
}
