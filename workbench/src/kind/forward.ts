import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { refuseClient } from './refusal.ts';

/** PostgreSQL's socket on the node; see manifests/kind/static-pods. */
const snoopdbSocket = '/var/lib/snoop/run/.s.PGSQL.5432';

const host = '127.0.0.1';

export interface ForwardOptions {
  /** The node's container. */
  readonly node: string;
  /** The port to listen on; a free one if it is taken. null: any. */
  readonly port: number | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (text: string) => void;
}

export interface Forward {
  readonly port: number;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/**
 * Forwards SnoopDB's socket on a node to a loopback port. Each connection is a separate `docker exec`: it needs no
 * API server, and survives a restart of the node.
 */
export async function openForward(options: ForwardOptions): Promise<Forward> {
  const sockets = new Set<Socket>();
  // A client may have sent everything and wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    connect(socket, options);
  });
  const port = (options.port === null ? null : await listen(server, options.port)) ?? (await listen(server, 0));
  if (port === null) throw new Error(`No free port on ${host}.`);
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, wanted: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => (wanted === 0 ? reject(error) : resolve(null));
    server.once('error', onError);
    server.listen({ port: wanted, host, exclusive: true }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : null);
    });
  });
}

function connect(socket: Socket, { node, env, log }: ForwardOptions): void {
  const child = spawn('docker', ['exec', '--interactive', node, 'socat', '-', `UNIX-CONNECT:${snoopdbSocket}`], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let answered = false;
  let stderr = '';
  let last: Buffer | null = null;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  child.stdout.once('data', () => {
    answered = true;
  });
  child.stdout.pipe(socket, { end: false });
  const remember = (piece: Buffer): void => {
    if (answered) socket.off('data', remember);
    last = answered ? null : piece;
  };
  socket.on('data', remember);
  socket.pipe(child.stdin);
  // When one side closes, so does the other.
  child.stdin.on('error', () => {});
  socket.on('error', () => socket.destroy());
  socket.once('close', () => child.stdin.destroy());
  child.once('error', (error) => {
    stderr = error.message;
    refuse();
  });
  child.once('close', refuse);

  function refuse(): void {
    child.off('close', refuse);
    if (socket.destroyed) return;
    if (answered) return void socket.end();
    const why = explainFailure(stderr);
    log(`a connection failed: ${why}`);
    socket.unpipe(child.stdin);
    socket.off('data', remember);
    refuseClient(socket, last, `SnoopDB on the node ${node} cannot be reached: ${why}`);
  }
}

/** Explains what docker or socat printed. */
function explainFailure(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  if (line === '') return 'the connection ended';
  return /socat.*(No such file or directory|Connection refused)/.test(line) ? 'it does not run there (yet)' : line;
}
