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
  /** The CA of an https server, as PEM. */
  readonly ca?: string;
  /** The client's certificate and key, as PEM. */
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly accept?: string;
  /** Limit for the whole response; default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * Sends one request and reads the whole response, whatever its status. Redirects are not followed.
 *
 * @param options.protocol `https:`; any other value means plain http
 * @param more.maxBytes limit for the response body; a larger one is an error
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
    // There may be several; an `error` event without a listener ends the process.
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
    if (bytes > maxBytes) throw new Error(`the response has more than ${maxBytes} bytes`);
  }
  return toResponse(response, Buffer.concat(pieces).toString('utf8'));
}

function toResponse({ statusCode = 0, headers }: IncomingMessage, body: string): HttpResponse {
  return { status: statusCode, headers, body };
}

/** Sends a GET with the workbench's own user agent, so that it is never taken for a test's request. */
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

/** Whether the URL answers 200 now. A server that is starting refuses connections or answers 500. */
export async function isHealthy(url: string, options: GetOptions = {}): Promise<boolean> {
  return httpGet(url, options).then(
    ({ status }) => status === 200,
    () => false,
  );
}
