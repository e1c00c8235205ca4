import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Deadlines } from './deadlines.ts';

/** How long the rest of a refused body is read and forgotten: a connection that is cut at once would lose the answer. */
const restMs = 15_000;
/** Who sends more than that after a refusal, without having said how much it will be, does not mean to end. */
const restBytes = 16 * 1024 * 1024;
/** And more than that nobody sends who may hope that it will be taken. */
const mostRestBytes = 256 * 1024 * 1024;

interface Connection {
  readonly socket: Socket;
  /** The request that came last, of those that are not answered. */
  request: IncomingMessage | null;
  unanswered: number;
  /** It has sent events, or begun to. */
  isSender: boolean;
  /** Events of it were accepted: it is a sender that the intake knows, and is never cut for another one. */
  hasBroughtEvents: boolean;
  /** When it was opened, began a request or was answered, as performance.now() tells it. */
  idleSince: number;
}

/** The open connections, and who has to go when there are too many. */
export interface Connections {
  readonly count: number;
  /** There are more than there should be; all are at work. */
  readonly isCrowded: boolean;
  /** Of those that have sent events; such a one sends more when it has some. */
  readonly senders: number;
  begin(request: IncomingMessage, isSender: boolean): void;
  /**
   * The answer to it was given; what is still to come of its body is passed over for a while, then cut.
   * @param broughtEvents whether its events were accepted
   */
  end(request: IncomingMessage, broughtEvents: boolean): void;
  /** Cuts all that are open, also those that never got as far as a request. */
  close(): void;
}

/**
 * Holds the connections of a server within a number. A new one is always taken, and closes the one that has been idle
 * longest and never brought events.
 */
export function watchConnections(server: Server, limit: number): Connections {
  const open = new Map<Socket, Connection>();
  const rests = new Deadlines(restMs);
  // All at work is rare, and none of these is cut; but there is an end to everything.
  server.maxConnections = 2 * limit;
  server.on('connection', (socket: Socket) => {
    open.set(socket, {
      socket,
      request: null,
      unanswered: 0,
      isSender: false,
      hasBroughtEvents: false,
      idleSince: performance.now(),
    });
    socket.once('close', () => open.delete(socket));
    if (open.size > limit) findLongestIdle(open.values(), socket)?.socket.destroy();
  });
  // Over TLS, requests know another socket than the one that was opened.
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
    end(request, broughtEvents) {
      if (!request.complete) passOverRest(request, rests);
      const connection = find(request.socket);
      if (connection === undefined) return;
      connection.unanswered--;
      if (broughtEvents) connection.hasBroughtEvents = true;
      // An idle connection need not hold on to it.
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
 * Hands out no further request of a connection that is to end. Node reads a packet to its end, also when its connection
 * is cut, and makes an object of each of the thousands of requests that may be in it: 20 ms, where this takes one. It
 * has no word for that; the 2 is what its own parser returns for an upgrade, after which it reads no further.
 */
export function handOutNoMore(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming: unknown } | null };
  if (parser != null) parser.onIncoming = () => 2;
}

function passOverRest(request: IncomingMessage, deadlines: Deadlines): void {
  const { socket } = request;
  const deadline = deadlines.begin(() => socket.destroy());
  request.once('close', () => deadline.end());
  const announced = Number(request.headers['content-length'] ?? 0);
  const mostBytes = Math.max(restBytes, Math.min(announced, mostRestBytes));
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > mostBytes) socket.destroy();
  });
  // It stands still when it was being decoded.
  request.resume();
}

/** Of those that never brought events. One whose request is still coming in counts as idle, one that waits for its answer does not. */
function findLongestIdle(connections: Iterable<Connection>, newest: Socket): Connection | null {
  let longest: Connection | null = null;
  for (const connection of connections) {
    const { socket, request, unanswered, hasBroughtEvents, idleSince } = connection;
    if (socket === newest || socket.destroyed || hasBroughtEvents) continue;
    if (unanswered > 0 && request?.complete !== false) continue;
    if (longest === null || idleSince < longest.idleSince) longest = connection;
  }
  return longest;
}
