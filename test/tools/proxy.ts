import { connect, createServer, type Socket } from 'node:net';

/** Stands between a program and its PostgreSQL, and does what networks do. */
export interface DatabaseProxy {
  readonly port: number;
  /** The same URL by way of the proxy. */
  through(url: string): string;
  /** Resets every connection; new ones are let through. */
  cut(): void;
  /** Resets every connection and every new one until {@link pass}. */
  refuse(): void;
  /** Connections stay open, new ones too, but no byte goes through, either way, until {@link pass} or {@link cut}. */
  swallow(): void;
  pass(): void;
  /**
   * The next transaction that copies rows in is committed, and its connection reset instead of its answer passed on.
   * @returns when that has happened
   */
  cutAtNextCommit(): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/** What PostgreSQL says when a command is complete: https://www.postgresql.org/docs/18/protocol-message-formats.html */
const committed = Buffer.from('COMMIT\0');
const copied = Buffer.from('COPY ');

/** @param target where PostgreSQL listens */
export async function openProxy(target: { host: string; port: number }): Promise<DatabaseProxy> {
  const lines = new Set<Line>();
  let state: 'pass' | 'refuse' | 'swallow' = 'pass';
  let onCommit: (() => void) | null = null;

  const drop = (line: Line): void => {
    lines.delete(line);
    line.client.resetAndDestroy();
    line.server.destroy();
  };
  const cut = (): void => {
    for (const line of lines) drop(line);
  };
  const flow = (line: Line): void => {
    for (const socket of [line.client, line.server]) {
      if (state === 'swallow') socket.pause();
      else socket.resume();
    }
  };

  const server = createServer((client) => {
    if (state === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const line: Line = { client, server: connect(target) };
    lines.add(line);
    let hasCopied = false;
    // An answer may come in two parts.
    let tail: Buffer = Buffer.alloc(0);
    client.on('data', (bytes) => line.server.write(bytes));
    line.server.on('data', (bytes: Buffer) => {
      const said = Buffer.concat([tail, bytes]);
      tail = said.subarray(-committed.length);
      hasCopied ||= said.includes(copied);
      if (hasCopied && said.includes(committed)) {
        hasCopied = false;
        tail = Buffer.alloc(0);
        if (onCommit !== null) {
          onCommit();
          onCommit = null;
          drop(line);
          return;
        }
      }
      client.write(bytes);
    });
    for (const socket of [client, line.server]) socket.on('error', () => drop(line)).on('close', () => drop(line));
    flow(line);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const become = (next: typeof state): void => {
    state = next;
    for (const line of lines) flow(line);
  };

  return {
    port,
    through: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    cut,
    refuse() {
      become('refuse');
      cut();
    },
    swallow: () => become('swallow'),
    pass: () => become('pass'),
    cutAtNextCommit: () =>
      new Promise((resolve) => {
        onCommit = resolve;
      }),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
