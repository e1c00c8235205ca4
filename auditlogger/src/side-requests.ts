import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { stopParsing } from './connections.ts';

type Request = [IncomingMessage, ServerResponse];

/**
 * Serves the requests of a connection one at a time: one packet can hold hundreds of them. One more may wait, since a
 * client can send its next request before the end of the answer is noticed here; a third one closes the connection.
 */
export function serveSequentially(serve: RequestListener): RequestListener {
  /** Connections with a request being served, and their waiting request. */
  const atWork = new WeakMap<Socket, Request | null>();

  function begin(socket: Socket, ...[request, response]: Request): void {
    atWork.set(socket, null);
    // 'close' is emitted after the answer, and when the connection breaks.
    response.once('close', () => {
      const next = atWork.get(socket) ?? null;
      atWork.delete(socket);
      if (next !== null && !socket.destroyed) begin(socket, ...next);
    });
    serve(request, response);
  }

  return (request, response) => {
    const { socket } = request;
    const next = atWork.get(socket);
    if (next === undefined) begin(socket, request, response);
    else if (next === null) atWork.set(socket, [request, response]);
    else {
      stopParsing(socket);
      socket.destroy();
    }
  };
}
