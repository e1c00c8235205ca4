import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerStatus, cutOff, writeHead } from './client-connection.ts';
import { announcesBody, readHeaders, removeConnectionHeaders, toList } from './headers.ts';
import type { Upstream } from './upstream.ts';

/**
 * Passes on a request that upgrades its connection, as exec, attach and port-forward do over SPDY or WebSocket. After the
 * cluster's 101, bytes pass in both directions, and each direction ends by itself.
 *
 * @param answer as {@link openAnswer} returned it
 * @param head what the client sent after the request
 */
export async function forwardUpgrade(
  upstream: Upstream,
  client: IncomingMessage,
  socket: Duplex,
  answer: ServerResponse,
  head: Buffer,
): Promise<void> {
  if (announcesBody(client.headers)) {
    return answerStatus(answer, 501, 'NotImplemented', 'snoop exec: An upgrade with a body cannot be recorded.');
  }
  const headers = readHeaders(client.rawHeaders);
  const upgrade = headers.get('upgrade');
  removeConnectionHeaders(headers);
  headers.set('connection', { name: 'Connection', values: ['Upgrade'] });
  if (upgrade) headers.set('upgrade', upgrade);
  const request = await upstream.create(client.method ?? 'GET', client.url ?? '/', headers);
  const onClose = (): void => void request.destroy(new Error('the client closed its connection'));
  socket.once('close', onClose);
  request.on('upgrade', (response, cluster, rest) => {
    socket.off('close', onClose);
    answer.detachSocket(socket as Socket);
    socket.write(formatHead(response));
    connect(socket, cluster, head, rest);
  });
  request.on('response', (response) => {
    const refused = readHeaders(response.rawHeaders);
    removeConnectionHeaders(refused);
    refused.set('connection', { name: 'Connection', values: ['close'] });
    writeHead(answer, response.statusCode ?? 502, response.statusMessage ?? '', refused);
    response.on('error', () => cutOff(answer));
    response.pipe(answer);
  });
  request.on('error', (error) => {
    answerStatus(answer, 502, 'BadGateway', `snoop exec: ${upstream.server.origin} gave no answer: ${error.message}`);
  });
  if (socket.destroyed) onClose();
  else request.end();
}

/** Answers a client that wanted an upgrade, and closes its connection. */
export function openAnswer(client: IncomingMessage, socket: Duplex): ServerResponse {
  const answer = new ServerResponse(client);
  answer.shouldKeepAlive = false;
  answer.assignSocket(socket as Socket);
  answer.on('finish', () => socket.end());
  // The client may reset the connection at any time.
  socket.on('error', () => socket.destroy());
  return answer;
}

function formatHead({ httpVersion, statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const list = toList(readHeaders(rawHeaders));
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
  for (let index = 0; index < list.length; index += 2) lines.push(`${list[index]}: ${list[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function connect(client: Duplex, cluster: Duplex, fromClient: Buffer, fromCluster: Buffer): void {
  for (const [from, to, first] of [
    [client, cluster, fromClient],
    [cluster, client, fromCluster],
  ] as const) {
    // One side may end its direction and go on reading.
    from.allowHalfOpen = true;
    if ('setNoDelay' in from && typeof from.setNoDelay === 'function') from.setNoDelay(true);
    if (first.length > 0) to.write(first);
    from.on('error', () => finish(to));
    from.on('close', () => finish(to));
  }
  cluster.pipe(client);
  pipeAfterReads(client, cluster);
}

/**
 * Pipes, but writes only after what has arrived everywhere is read. A cluster may send a last message and close while the
 * client still sends, as when a command ends before its stdin; a write that fails first would lose the message.
 */
function pipeAfterReads(from: Duplex, to: Duplex): void {
  from.on('data', (bytes) => {
    from.pause();
    setImmediate(() => {
      if (to.destroyed || to.writableEnded || to.write(bytes)) from.resume();
      else to.once('drain', () => from.resume());
    });
  });
  from.on('end', () => {
    setImmediate(() => {
      if (!to.destroyed) to.end();
    });
  });
}

/** Sends what is left to one side after the other has closed, and discards what it still sends. */
function finish(side: Duplex): void {
  if (side.destroyed) return;
  side.unpipe();
  side.resume();
  if (!side.writableEnded) side.end();
  const timer = setTimeout(() => side.destroy(), finishMs);
  side.once('close', () => clearTimeout(timer));
}

/** Longer than sending needs; a side that still sends then is cut off. */
const finishMs = 2_000;
