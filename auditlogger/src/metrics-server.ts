import type { RequestListener } from 'node:http';
import type { Credentials } from './credentials/credentials.ts';
import { createBoundedServer } from './http-server.ts';
import { serveSequentially } from './side-requests.ts';

export const maxMetricsConnections = 64;

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` on a separate address, with the same certificate and without authentication.
 * @throws Error when the address cannot be used, with the system error as cause
 */
export async function startMetricsServer(options: {
  readonly host: string;
  readonly port: number;
  readonly credentials: Pick<Credentials, 'tls' | 'onTlsChange'>;
  readonly routes: RequestListener;
}): Promise<MetricsServer> {
  const { host, port, credentials, routes } = options;
  const bounded = createBoundedServer(credentials, maxMetricsConnections);
  const serve = serveSequentially(routes);
  bounded.server.on('request', (request, response) => {
    bounded.connections.begin(request, false);
    response.once('finish', () => bounded.connections.end(request, false));
    serve(request, response);
  });
  const url = await bounded.listen({ host, port, flag: '--metrics-listen' });
  return { url, close: bounded.close };
}
