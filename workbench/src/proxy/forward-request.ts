import type { ClientRequest, IncomingMessage } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { answerStatus, cutOff, hasBody, writeHead } from './client-connection.ts';
import type { ClientAnswer, ClientMessage } from './client-connection.ts';
import { readHeaders, removeConnectionHeaders, toObject } from './headers.ts';
import type { Upstream } from './upstream.ts';

/**
 * Passes a request on to the cluster and its answer back. Bodies are streamed in both directions.
 *
 * @param expectsContinue whether the client waits for `100 Continue` before it sends the body
 */
export async function forwardRequest(
  upstream: Upstream,
  client: ClientMessage,
  answer: ClientAnswer,
  expectsContinue: boolean,
): Promise<void> {
  const headers = readHeaders(client.rawHeaders);
  const isChunked = client.headers['transfer-encoding'] !== undefined || client instanceof Http2ServerRequest;
  removeConnectionHeaders(headers);
  const withBody = hasBody(client);
  // Node sends no length or encoding by itself for methods that rarely have a body.
  if (withBody && isChunked && !headers.has('content-length')) {
    headers.set('transfer-encoding', { name: 'Transfer-Encoding', values: ['chunked'] });
  }
  const cookies = headers.get('cookie');
  // HTTP/2 may split them (RFC 9113, 8.2.3).
  if (cookies) headers.set('cookie', { name: cookies.name, values: [cookies.values.join('; ')] });
  let isClosed = false;
  answer.on('close', () => {
    isClosed = true;
  });
  const request = await upstream.create(client.method ?? 'GET', client.url ?? '/', headers);
  const cancel = (): void => void request.destroy(new Error('the client closed its connection'));
  answer.on('close', () => {
    if (!isFinished(answer)) cancel();
  });
  request.on('response', (response) => {
    response.on('end', () => {
      // Refused before its body was sent or read.
      if (!request.writableEnded) request.destroy();
    });
    passBack(response, answer);
  });
  request.on('error', (error) => {
    if (answer.writableEnded) return;
    if (answer.headersSent) return cutOff(answer);
    answerStatus(answer, 502, 'BadGateway', `snoop exec: ${upstream.server.origin} gave no answer: ${error.message}`);
  });
  if (isClosed || client.destroyed) return cancel();
  if (!withBody) return void request.end();
  if (expectsContinue) {
    request.setHeader('Expect', '100-continue');
    request.once('continue', () => answer.writeContinue());
    request.flushHeaders();
  }
  // A client may send it without `100 Continue` after a while.
  passBody(client, request);
}

function isFinished(answer: ClientAnswer): boolean {
  return answer instanceof Http2ServerResponse ? answer.writableEnded : answer.writableFinished;
}

function passBody(client: ClientMessage, request: ClientRequest): void {
  client.on('end', () => {
    const trailers = readHeaders(client.rawTrailers);
    if (trailers.size > 0) request.addTrailers(toObject(trailers) as NodeJS.Dict<string>);
  });
  client.pipe(request);
  // Usually together with the first bytes; but a client may send them much later.
  setImmediate(() => {
    if (!request.headersSent && !request.destroyed) request.flushHeaders();
  });
}

function passBack(response: IncomingMessage, answer: ClientAnswer): void {
  if (answer.destroyed) return void response.destroy();
  const headers = readHeaders(response.rawHeaders);
  // It announces trailers, which need the chunked encoding that Node chooses without a length.
  if (headers.has('content-length')) headers.delete('trailer');
  removeConnectionHeaders(headers);
  writeHead(answer, response.statusCode ?? 502, response.statusMessage ?? '', headers);
  response.on('end', () => {
    const trailers = readHeaders(response.rawTrailers);
    if (trailers.size > 0) answer.addTrailers(toObject(trailers) as NodeJS.Dict<string>);
    answer.end();
  });
  response.on('error', () => cutOff(answer));
  response.pipe(answer, { end: false });
  // HTTP/2 has sent them.
  if (answer instanceof Http2ServerResponse) return;
  // Usually together with the first bytes; but a watch may have none for hours.
  setImmediate(() => {
    if (!answer.destroyed && !answer.writableEnded) answer.flushHeaders();
  });
}
