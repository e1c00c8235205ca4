import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { SnoopError } from '../errors.ts';
import type { Refusal } from './access/access.ts';
import type { ListenAddress } from './access/listen-address.ts';
import { livePath } from './live/messages.ts';
import { maxPageMessageBytes } from './live/read-message.ts';

/** Limits as those of the auditlogger. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 60_000;
/** Of a connection on which nothing moves, such as that of a client that stopped reading. */
const idleTimeoutMs = 60_000;
const checkMs = 1000;
const maxHeaderBytes = 16 * 1024;
const maxConnections = 1000;
export const maxLiveClients = 500;

export interface PageServerOptions {
  readonly answer: RequestListener;
  /** Decides about a WebSocket; null: it is opened. */
  readonly checkUpgrade: (request: IncomingMessage) => Refusal | null;
  readonly onLive: (socket: WebSocket) => void;
  readonly countLive: () => number;
}

/** An HTTP server with limits on the number, size and duration of connections and requests. */
export function createPageServer({ answer, checkUpgrade, onLive, countLive }: PageServerOptions): Server {
  const server = createServer({ connectionsCheckingInterval: checkMs, maxHeaderSize: maxHeaderBytes }, answer);
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.timeout = idleTimeoutMs;
  server.maxConnections = maxConnections;
  // Compression would cost memory for each page.
  const live = new WebSocketServer({ noServer: true, maxPayload: maxPageMessageBytes, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = request.url?.split('?')[0] === `/${livePath}` ? checkUpgrade(request) : notFound;
    if (refusal !== null) return refuse(socket, refusal.status, refusal.text);
    if (countLive() >= maxLiveClients) return refuse(socket, 503, `${maxLiveClients} live pages are open already.`);
    live.handleUpgrade(request, socket, head, onLive);
  });
  server.on('close', () => live.close());
  return server;
}

const notFound = { status: 404, text: 'There is no such connection.' };

function refuse(socket: Socket, status: number, text: string): void {
  const body = `${text}\n`;
  socket.write(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  // A client that keeps its side open would keep the connection, which no other limit ends after an upgrade.
  socket.destroySoon();
}

/** @returns the port in use. @throws SnoopError `port_in_use` */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new SnoopError('port_in_use', `The page cannot be served on port ${port} of ${host}: ${why}.`, {
      cause: error,
      exitCode: 2,
      advice: ['Use another one: --port PORT'],
    });
  });
  return (server.address() as AddressInfo).port;
}
