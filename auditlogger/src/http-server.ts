import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer, Server as SecureServer } from 'node:https';
import { waitAtMost } from '@snoop/snoopdb';
import { type Connections, watchConnections } from './connections.ts';
import type { Credentials } from './credentials/credentials.ts';

/** Longer than the 90 s of the kube-apiserver: closing first would cost it a back-off of 10 s. */
const keepAliveTimeoutMs = 120_000;
export const headersTimeoutMs = 15_000;
/** Of path and headers together; beyond it, Node answers 431 and closes the connection. */
export const maxHeaderBytes = 16 * 1024;
/** Of any request; bodies of events have a shorter one. */
const requestTimeoutMs = 60_000;
/** How often Node checks these timeouts. */
const checkMs = 1000;
const handshakeTimeoutMs = 10_000;
/** For flushing the last answers. */
const lastAnswersMs = 300;

/** A server with limits on the number and duration of its connections. */
export interface BoundedServer {
  readonly server: Server;
  readonly connections: Connections;
  /** @returns its URL. @throws Error when the address cannot be used, with the system error as cause */
  listen(place: { readonly host: string; readonly port: number; readonly flag: string }): Promise<string>;
  /** Flushes the last answers and closes all connections. */
  close(): Promise<void>;
}

/** Creates the server, with TLS when the credentials have a certificate. */
export function createBoundedServer(
  credentials: Pick<Credentials, 'tls' | 'onTlsChange'>,
  maxConnections: number,
): BoundedServer {
  const bounds = { connectionsCheckingInterval: checkMs, maxHeaderSize: maxHeaderBytes };
  const server = credentials.tls
    ? createHttpsServer({ handshakeTimeout: handshakeTimeoutMs, ...bounds, ...credentials.tls })
    : createServer(bounds);
  if (server instanceof SecureServer) credentials.onTlsChange((tls) => server.setSecureContext(tls));
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  const connections = watchConnections(server, maxConnections);
  return {
    server,
    connections,
    listen: (place) => listen(server, place, credentials.tls ? 'https' : 'http'),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await waitAtMost(lastAnswersMs, closed);
      // server.closeAllConnections() misses connections in a TLS handshake.
      connections.close();
      await closed;
    },
  };
}

function listen(
  server: Server,
  { host, port, flag }: { host: string; port: number; flag: string },
  scheme: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      reject(
        new Error(`Cannot listen on ${host}:${port} (${cause.message}). Choose another port with ${flag}.`, { cause }),
      );
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`);
    });
  });
}
