import { connect, type Socket } from 'node:net';

/** Bytes that are sent as they are, and how many answers are waited for; without end: until the receiver closes. */
export interface Shot {
  readonly bytes: Buffer;
  readonly answers: number;
  /** The connection is cut after so long; it stays unless told. */
  readonly staysMs?: number;
}

/** How often each status came back; `none`: the connection ended without it. */
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
/** A status line may come in two parts. */
const lineCharacters = 'HTTP/1.1 200 '.length;

/** A connection on the bare socket, which is kept as long as the receiver keeps it: it sends what no client of HTTP would. */
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
   * @returns the statuses of the answers in order; fewer than were waited for when the connection ended
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
