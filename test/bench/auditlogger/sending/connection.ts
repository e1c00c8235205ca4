import { connect, type Socket } from 'node:net';

export interface Answer {
  /** 0: the connection broke before there was an answer. */
  status: number;
  retryAfterS: number;
}

const broken: Answer = { status: 0, retryAfterS: 0 };

/**
 * One connection that is kept, opened again when it broke, with one request under way at a time. Written on the bare
 * socket: Node's own HTTP client takes several times as long for a request, which the server would lack.
 */
export class Connection {
  readonly #url: URL;
  #socket: Socket | null = null;
  #received = '';
  #answered: ((answer: Answer) => void) | null = null;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket ??= this.#open();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      const answer = readAnswer(this.#received);
      if (answer !== null) this.#settle(answer);
    });
    // What went wrong matters little; `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#settle(broken);
    });
    return socket;
  }

  #settle(answer: Answer): void {
    this.#received = '';
    const answered = this.#answered;
    this.#answered = null;
    answered?.(answer);
  }
}

/** Null as long as it is not complete. */
function readAnswer(text: string): Answer | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [, lengthText] = /\r\ncontent-length: *(\d+)/i.exec(text) ?? [];
  const isComplete =
    lengthText === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= headEnd + 4 + Number(lengthText);
  if (!isComplete) return null;
  const status = Number(text.slice(9, 12));
  const [, retryAfter] = status === 200 ? [] : (/\r\nretry-after: *(\d+)/i.exec(text) ?? []);
  return { status, retryAfterS: Number(retryAfter ?? 0) };
}
