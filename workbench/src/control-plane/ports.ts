import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** The loopback ports of a control plane. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
  /** The server that the kube-apiserver takes for the kubelet of every node. */
  readonly kubelet: number;
  /** The HTTP server that port-forward reaches. */
  readonly pods: number;
  readonly auditlogger: number;
  /** The page. A state of an earlier version has none. */
  readonly ui: number;
}

const host = '127.0.0.1';

/**
 * Chooses free ports for all parts: the remembered ones if they are free, so that addresses stay the same.
 *
 * @param remembered the ports of the last start; null for new ones
 */
export async function choosePorts(remembered: Ports | null): Promise<Ports> {
  // All stay open until all are chosen, so that no port is chosen twice.
  const held: Server[] = [];
  const choose = async (wanted: number | undefined): Promise<number> => {
    const server = (wanted === undefined ? null : await listen(wanted)) ?? (await listen(0));
    const address = server?.address();
    if (!server || typeof address !== 'object' || address === null) throw new Error(`No free port on ${host}.`);
    held.push(server);
    return address.port;
  };
  try {
    return {
      etcd: await choose(remembered?.etcd),
      etcdPeer: await choose(remembered?.etcdPeer),
      apiserver: await choose(remembered?.apiserver),
      controllerManager: await choose(remembered?.controllerManager),
      scheduler: await choose(remembered?.scheduler),
      kwok: await choose(remembered?.kwok),
      kubelet: await choose(remembered?.kubelet),
      pods: await choose(remembered?.pods),
      auditlogger: await choose(remembered?.auditlogger),
      ui: await choose(remembered?.ui),
    };
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Chooses a free port. @param remembered returned if it is free */
export async function choosePort(remembered: number | undefined): Promise<number> {
  const server = (remembered === undefined ? null : await listen(remembered)) ?? (await listen(0));
  const address = server?.address();
  if (!server || typeof address !== 'object' || address === null) throw new Error(`No free port on ${host}.`);
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

/** Listens on a port; null when it is taken. */
function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}
