import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** The loopback ports of a control plane. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly auditlogger: number;
}

const host = '127.0.0.1';

/**
 * Free ports for every part: the remembered ones where they are still free, so that addresses stay what they were.
 *
 * @param remembered of the last start; null for new ones only
 */
export async function choosePorts(remembered: Ports | null): Promise<Ports> {
  // All are held until all are chosen: otherwise two parts could be given the same one.
  const held: Server[] = [];
  const choose = async (wanted: number | undefined): Promise<number> => {
    const server = (wanted === undefined ? null : await listen(wanted)) ?? (await listen(0));
    const address = server?.address();
    if (!server || typeof address !== 'object' || address === null)
      throw new Error(`There is no free port on ${host}.`);
    held.push(server);
    return address.port;
  };
  try {
    return {
      etcd: await choose(remembered?.etcd),
      etcdPeer: await choose(remembered?.etcdPeer),
      apiserver: await choose(remembered?.apiserver),
      controllerManager: await choose(remembered?.controllerManager),
      auditlogger: await choose(remembered?.auditlogger),
    };
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** A server on this port, or null when somebody else has it. */
function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}
