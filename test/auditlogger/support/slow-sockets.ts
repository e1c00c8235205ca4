import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection on which something was begun that does not come to its end. */
export interface SlowSocket {
  readonly isOpen: boolean;
  /** What came back so far. */
  readonly answer: string;
  write(text: string | Buffer): void;
  /** Says that nothing more will come. */
  end(): void;
  /** Writes the same again and again as fast as it is taken. */
  flood(part: string): void;
}

/** @param begin what is sent at once */
export async function openSlowSocket(url: string, begin: string | Buffer): Promise<SlowSocket> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  let isOpen = true;
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  // That the server cuts it is what it is for.
  socket.on('error', () => {});
  socket.once('close', () => {
    isOpen = false;
  });
  await once(socket, 'connect');
  if (begin.length > 0) socket.write(begin);
  return {
    get isOpen() {
      return isOpen;
    },
    get answer() {
      return answer;
    },
    write: (text) => void socket.write(text),
    end: () => void socket.end(),
    flood(part) {
      const writeOn = (): void => {
        while (isOpen && socket.writable && socket.write(part)) {
          // Until its buffer is full.
        }
      };
      socket.on('drain', writeOn);
      writeOn();
    },
  };
}

const head = 'POST /events?timeout=30s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

/** A body of which only so many bytes are sent. */
export function halfSent(body: Buffer, sentBytes: number): Buffer {
  return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body.subarray(0, sentBytes)]);
}

/** The head of a body in chunks; send {@link chunk}s behind it. */
export const endless = `${head}transfer-encoding: chunked\r\n\r\n`;

export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** A head that is not finished. */
export const halfHead = head;

/** A request that is answered; the connection stays. */
export const idle = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n';
