import type { RequestListener } from 'node:http';
import type { Credentials } from './credentials/credentials.ts';
import { createBoundedServer } from './http-server.ts';
import { serveInTurn } from './side-requests.ts';

/** A pair of Prometheus, and people who look. */
export const mostMetricsConnections = 64;

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the figures at an address of their own: with the same certificate, and without asking who it is.
 * @throws Error when the address cannot be listened on, with the system's error as its cause
 */
export async function startMetricsServer(options: {
  readonly host: string;
  readonly port: number;
  readonly credentials: Pick<Credentials, 'tls' | 'onTlsChange'>;
  readonly routes: RequestListener;
}): Promise<MetricsServer> {
  const { host, port, credentials, routes } = options;
  const bounded = createBoundedServer(credentials, mostMetricsConnections);
  const serve = serveInTurn(routes);
  bounded.server.on('request', (request, response) => {
    bounded.connections.begin(request, false);
    response.once('finish', () => bounded.connections.end(request, false));
    serve(request, response);
  });
  const url = await bounded.listen({ host, port, flag: '--metrics-listen' });
  return { url, close: bounded.close };
}
