import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A relay to a server that can be cut and opened again at the same port, as if the server were away. */
export interface Relay {
  readonly port: number;
  cut(): Promise<void>;
  /** Connections stay and are accepted, but nothing is forwarded, as with a frozen server. */
  freeze(): void;
  open(): Promise<void>;
}

export async function openRelay(to: { host: string; port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let server: Server = await listen(0);
  const { port } = server.address() as AddressInfo;

  function listen(at: number): Promise<Server> {
    const made = createServer((near) => {
      const far = connect(to.port, to.host);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => sockets.delete(one));
        if (!frozen) one.pipe(other);
      }
    });
    return new Promise((resolve, reject) => {
      made.once('error', reject);
      made.listen(at, '127.0.0.1', () => resolve(made));
    });
  }

  return {
    port,
    async cut() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async open() {
      frozen = false;
      server = await listen(port);
    },
  };
}
