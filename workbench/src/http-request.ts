import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { RequestOptions } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { version } from './version.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GetOptions {
  /** The certificate authority of an https server, as PEM. */
  readonly ca?: string;
  /** The client's certificate and its key, as PEM. */
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly accept?: string;
  /** For the whole answer; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/**
 * Sends one request and reads the whole answer, whatever its status; redirects are not followed.
 *
 * @param options.protocol `https:`, or another word for plain http
 * @param more.maxBytes of the answer's body; a longer one is an error
 */
export function sendRequest(
  options: RequestOptions,
  { body, maxBytes }: { readonly body?: string | Uint8Array | undefined; readonly maxBytes?: number | undefined } = {},
): Promise<HttpResponse> {
  const send = options.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(options, (response) => void readResponse(response, maxBytes).then(resolve, reject));
    sent.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve(toResponse(response, ''));
    });
    // More than one may come, and one that nobody hears ends the process.
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readResponse(response: IncomingMessage, maxBytes = Number.POSITIVE_INFINITY): Promise<HttpResponse> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    pieces.push(piece);
    bytes += Buffer.byteLength(piece);
    // Leaving the loop closes the connection.
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
  }
  return toResponse(response, Buffer.concat(pieces).toString('utf8'));
}

function toResponse({ statusCode = 0, headers }: IncomingMessage, body: string): HttpResponse {
  return { status: statusCode, headers, body };
}

/** GETs an address. Our own house-keeping is told from tests by its user agent. */
export function httpGet(
  url: string,
  { token, accept, timeoutMs = 5000, ...tls }: GetOptions = {},
): Promise<HttpResponse> {
  const headers = {
    'user-agent': `snoop/${version}`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(accept === undefined ? {} : { accept }),
  };
  const signal = AbortSignal.timeout(timeoutMs);
  return sendRequest({ ...urlToHttpOptions(new URL(url)), headers, agent: false, signal, ...tls });
}

/** Whether it answers 200 now; while it starts it refuses connections, or answers 500. */
export async function isHealthy(url: string, options: GetOptions = {}): Promise<boolean> {
  return httpGet(url, options).then(
    ({ status }) => status === 200,
    () => false,
  );
}
