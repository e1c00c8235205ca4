import { Http2ServerRequest, Http2ServerResponse, constants } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { announcesBody, toList, toLowerCaseObject } from './headers.ts';
import type { HeaderMap } from './headers.ts';

/** A client's request, over HTTP/1.1 or HTTP/2. */
export type ClientMessage = IncomingMessage | Http2ServerRequest;
export type ClientAnswer = ServerResponse | Http2ServerResponse;

export function hasBody(request: ClientMessage): boolean {
  if (request instanceof Http2ServerRequest) return !request.stream.endAfterHeaders;
  return announcesBody(request.headers);
}

export function writeHead(answer: ClientAnswer, status: number, statusMessage: string, headers: HeaderMap): void {
  // The cluster's date is passed on, or none.
  answer.sendDate = false;
  if (answer instanceof Http2ServerResponse) answer.writeHead(status, toLowerCaseObject(headers));
  else answer.writeHead(status, statusMessage, toList(headers));
}

/** Answers in place of the cluster. */
export function answerStatus(answer: ClientAnswer, code: number, reason: string, message: string): void {
  if (answer.headersSent || answer.destroyed) return;
  const body = createStatus(code, reason, message);
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  if (answer instanceof Http2ServerResponse) answer.writeHead(code, headers);
  // The rest of the request's body is not read.
  else answer.writeHead(code, { ...headers, connection: 'close' });
  answer.end(body);
}

/** Cuts an answer off, so that the client sees that it is incomplete. */
export function cutOff(answer: ClientAnswer): void {
  if (answer instanceof Http2ServerResponse) answer.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
  else answer.destroy();
}

/** An error of the proxy itself, in the form of the API server, so that clients print its message. */
function createStatus(code: number, reason: string, message: string): Buffer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return Buffer.from(`${JSON.stringify(status)}\n`);
}
