import { connect, type Socket } from 'node:net';

/** Bytes to send as they are. */
export interface Shot {
  readonly bytes: Buffer;
  /** The number of answers to wait for; Infinity: until the receiver closes the connection. */
  readonly answers: number;
  /** When to cut the connection; default: never. */
  readonly staysMs?: number;
}

/** The number of answers by status; `none`: the connection ended without one. */
export type Answers = Record<string, number>;

export function countAnswers(counts: Answers, statuses: readonly string[]): void {
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
}

interface Waiting {
  readonly statuses: string[];
  wanted: number;
  resolve(): void;
}

const statusLine = /HTTP\/1\.1 (\d{3}) /g;
/** A status line may arrive in two parts. */
const lineCharacters = 'HTTP/1.1 200 '.length;

/** A bare socket, open until the receiver closes it, to send what no HTTP client would. */
export class Wire {
  readonly #url: URL;
  #socket: Socket | null = null;
  #waiting: Waiting | null = null;
  #rest = '';

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /**
   * @param enough ends the connection at once
   * @returns the statuses of the answers in order; fewer than requested if the connection ended
   */
  async exchange({ bytes, answers, staysMs }: Shot, enough: AbortSignal): Promise<readonly string[]> {
    if (enough.aborted) return [];
    const statuses: string[] = [];
    const end = (): void => this.close();
    const timer = staysMs === undefined ? undefined : setTimeout(end, staysMs);
    enough.addEventListener('abort', end, { once: true });
    await new Promise<void>((resolve) => {
      this.#waiting = { statuses, wanted: answers, resolve };
      this.#socket ??= this.#open();
      this.#socket.write(bytes);
    });
    clearTimeout(timer);
    enough.removeEventListener('abort', end);
    return statuses;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    this.#rest = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    // What went wrong matters little; `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = null;
      this.#settle();
    });
    return socket;
  }

  #read(text: string): void {
    const all = this.#rest + text;
    let readTo = 0;
    for (const found of all.matchAll(statusLine)) {
      readTo = found.index + found[0].length;
      if (found[1] !== '100') this.#waiting?.statuses.push(found[1] ?? '');
    }
    this.#rest = all.slice(Math.max(readTo, all.length - lineCharacters + 1));
    if (this.#waiting !== null && this.#waiting.statuses.length >= this.#waiting.wanted) this.#settle();
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve();
  }
}
