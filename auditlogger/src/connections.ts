import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Deadlines } from './deadlines.ts';

/** How long the rest of a refused body is read and discarded: closing the connection at once would lose the answer. */
const restMs = 15_000;
/** Discard limit of a body without Content-Length. */
const maxRestBytes = 16 * 1024 * 1024;
/** Discard limit of a body with Content-Length. */
const maxAnnouncedRestBytes = 256 * 1024 * 1024;

interface Connection {
  readonly socket: Socket;
  /** The last unanswered request. */
  request: IncomingMessage | null;
  unanswered: number;
  /** It has sent events, or started to. */
  isSender: boolean;
  /** Its events were accepted: never closed in favour of another connection. */
  hasDeliveredEvents: boolean;
  /** When it was opened, started a request or was answered (`performance.now()`). */
  idleSince: number;
}

/** The open connections, within a limit. */
export interface Connections {
  readonly count: number;
  /** Over the limit; all connections are busy. */
  readonly isCrowded: boolean;
  /** Number of connections that have sent events. */
  readonly senders: number;
  begin(request: IncomingMessage, isSender: boolean): void;
  /**
   * The request was answered; the rest of its body is discarded for a while, then the connection is closed.
   * @param deliveredEvents whether its events were accepted
   */
  end(request: IncomingMessage, deliveredEvents: boolean): void;
  /** Closes all connections, also those without a request. */
  close(): void;
}

/**
 * Limits the connections of a server. A new connection is always accepted; over the limit, it closes the connection that
 * has been idle longest and never sent accepted events.
 */
export function watchConnections(server: Server, limit: number): Connections {
  const open = new Map<Socket, Connection>();
  const rests = new Deadlines(restMs);
  // Busy connections are not closed, so a hard limit is needed, too.
  server.maxConnections = 2 * limit;
  server.on('connection', (socket: Socket) => {
    open.set(socket, {
      socket,
      request: null,
      unanswered: 0,
      isSender: false,
      hasDeliveredEvents: false,
      idleSince: performance.now(),
    });
    socket.once('close', () => open.delete(socket));
    if (open.size > limit) findLongestIdle(open.values(), socket)?.socket.destroy();
  });
  // Over TLS, a request's socket is not the one of 'connection'.
  const secured = new WeakMap<Socket, Connection>();
  server.on('secureConnection', (socket: Socket) => {
    for (const connection of open.values()) {
      const isSame = connection.socket.remotePort === socket.remotePort;
      if (isSame && connection.socket.remoteAddress === socket.remoteAddress) secured.set(socket, connection);
    }
  });
  const find = (socket: Socket): Connection | undefined => open.get(socket) ?? secured.get(socket);

  return {
    get count() {
      return open.size;
    },
    get isCrowded() {
      return open.size > limit;
    },
    get senders() {
      let senders = 0;
      for (const { isSender } of open.values()) if (isSender) senders++;
      return senders;
    },
    begin(request, isSender) {
      const connection = find(request.socket);
      if (connection === undefined) return;
      if (isSender) connection.isSender = true;
      connection.request = request;
      connection.unanswered++;
      connection.idleSince = performance.now();
    },
    end(request, deliveredEvents) {
      if (!request.complete) discardRest(request, rests);
      const connection = find(request.socket);
      if (connection === undefined) return;
      connection.unanswered--;
      if (deliveredEvents) connection.hasDeliveredEvents = true;
      // Let an idle connection free its request.
      if (connection.request === request && request.complete) connection.request = null;
      connection.idleSince = performance.now();
    },
    close() {
      rests.close();
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

/**
 * Stops parsing pipelined requests of a connection that will be closed. Otherwise Node creates a request object for each
 * of the thousands that one packet can hold, even after the connection is destroyed (20 ms instead of 1 ms). Node has no
 * API for it; 2 is what its own parser callback returns for an upgrade, after which parsing stops.
 */
export function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming: unknown } | null };
  if (parser != null) parser.onIncoming = () => 2;
}

function discardRest(request: IncomingMessage, deadlines: Deadlines): void {
  const { socket } = request;
  const deadline = deadlines.begin(() => socket.destroy());
  request.once('close', () => deadline.cancel());
  const announced = Number(request.headers['content-length'] ?? 0);
  const maxBytes = Math.max(maxRestBytes, Math.min(announced, maxAnnouncedRestBytes));
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) socket.destroy();
  });
  // It is paused when it was piped to a decoder.
  request.resume();
}

/** Finds the longest idle connection that never sent accepted events. A connection that waits for an answer is not idle. */
function findLongestIdle(connections: Iterable<Connection>, newest: Socket): Connection | null {
  let longest: Connection | null = null;
  for (const connection of connections) {
    const { socket, request, unanswered, hasDeliveredEvents, idleSince } = connection;
    if (socket === newest || socket.destroyed || hasDeliveredEvents) continue;
    if (unanswered > 0 && request?.complete !== false) continue;
    if (longest === null || idleSince < longest.idleSince) longest = connection;
  }
  return longest;
}
