import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Ports } from './ports.ts';

const maxConnections = 100;

/**
 * Starts the HTTP server that port-forward reaches, whatever the Pod and its port. It answers every request with 200
 * and a fixed text.
 *
 * @returns stops it
 */
export async function startPodServer(ports: Ports): Promise<() => void> {
  const server = createServer((request, response) => {
    // A body is not needed, but the connection can only be used again after it.
    request.resume();
    response.writeHead(200, { 'content-type': 'text/plain' }).end('A simulated container of snoop.\n');
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(ports.pods, '127.0.0.1', resolve);
  });
  return () => closeServer(server);
}

/** Closes a server without waiting for its clients: upgraded connections end when their other side does. */
export function closeServer(server: Server | TlsServer): void {
  server.close();
  server.closeAllConnections();
}
