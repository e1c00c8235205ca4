import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { handOutNoMore } from './connections.ts';

type Request = [IncomingMessage, ServerResponse];

/**
 * Serves the requests of a connection one after the other: hundreds of them can come in one packet. One more may wait,
 * since a client that has read an answer may be quicker than the note that it was sent; a third one is of somebody who
 * does not wait for answers, and ends the connection.
 */
export function serveInTurn(serve: RequestListener): RequestListener {
  /** Connections with a request at work, and the one that waits. */
  const atWork = new WeakMap<Socket, Request | null>();

  function begin(socket: Socket, ...[request, response]: Request): void {
    atWork.set(socket, null);
    // It comes after the end of the answer, and when the connection breaks.
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
      handOutNoMore(socket);
      socket.destroy();
    }
  };
}
