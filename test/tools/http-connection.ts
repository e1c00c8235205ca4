import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** What the receiver said. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** One keep-alive connection with one request at a time: a sender that costs next to nothing beside what it measures. */
export interface HttpConnection {
  /** @throws Error of the socket, or `closed` when the connection ended before the answer */
  post(target: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpAnswer>;
  /** False from the moment on at which it can carry no more requests. */
  readonly usable: boolean;
  /** Ends it at once; a request under way rejects. */
  close(): void;
}

interface Waiting {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/** @throws Error of the socket when there is nobody at that address */
export function openConnection(url: URL, tls: ConnectionOptions = {}): Promise<HttpConnection> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return new Promise((resolve, reject) => {
    const socket = url.protocol === 'https:' ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject);
      resolve(useSocket(socket, url.host));
    });
  });
}

function useSocket(socket: Socket, host: string): HttpConnection {
  let waiting: Waiting | null = null;
  let received: Buffer = Buffer.alloc(0);
  let usable = true;

  const end = (error: Error): void => {
    usable = false;
    socket.destroy();
    const asked = waiting;
    waiting = null;
    asked?.reject(error);
  };
  const closed = (): Error => Object.assign(new Error('The receiver closed the connection.'), { code: 'closed' });
  socket.on('error', end).on('close', () => end(closed()));
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    let answer: HttpAnswer | null;
    try {
      answer = readAnswer(received);
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (answer === null) return;
    received = Buffer.alloc(0);
    if (answer.headers.get('connection')?.toLowerCase() === 'close') usable = false;
    const asked = waiting;
    waiting = null;
    asked?.resolve(answer);
    if (!usable) socket.destroy();
  });

  return {
    get usable() {
      return usable && waiting === null;
    },
    post: (target, headers, body) =>
      new Promise((resolve, reject) => {
        if (!usable || waiting !== null) {
          reject(closed());
          return;
        }
        waiting = { resolve, reject };
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.cork();
        socket.write(
          `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n`,
        );
        socket.write(body);
        socket.uncork();
      }),
    close: () => end(closed()),
  };
}

/** @returns null while it is not whole */
function readAnswer(received: Buffer): HttpAnswer | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  if (!status) throw new Error(`The receiver does not speak HTTP/1.1: it said ${JSON.stringify(statusLine)}.`);
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = received.subarray(headEnd + 4);
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
    const text = joinChunks(body);
    return text === null ? null : { status, headers, text };
  }
  const length = Number(headers.get('content-length') ?? 0);
  return body.length < length ? null : { status, headers, text: body.toString('utf8', 0, length) };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1, without trailers. */
function joinChunks(body: Buffer): string | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (body.length < end) return null;
    if (size === 0) return Buffer.concat(chunks).toString();
    chunks.push(body.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
