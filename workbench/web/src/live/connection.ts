import type { LivePosition, PageMessage, ServerMessage } from '../../../src/ui/live/messages.ts';

/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
}

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** A try to connect again is under way or follows. */
  | { readonly kind: 'lost'; readonly since: number };

export interface Wishes {
  readonly rows: boolean;
  readonly all: boolean;
}

export interface ConnectionOptions {
  readonly open: () => Socket;
  /** What the page shows, and where it left off. */
  readonly getWishes: () => Wishes;
  readonly getPosition: () => LivePosition | null;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onState: (state: ConnectionState) => void;
}

/** The server sends its status every second. */
const silenceMs = 5000;
const checkMs = 1000;
const retriesMs = [250, 500, 1000, 2000, 4000];

/** Keeps a connection to the server: after a loss, also one that only silence shows, it connects again. */
export class LiveConnection {
  readonly #options: ConnectionOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #socket: Socket | null = null;
  #state: ConnectionState = { kind: 'connecting' };
  #heardAt = Date.now();
  #failures = 0;
  /** Whether what the page knows is of other wishes, until the next state: a place in it is of no use. */
  #needsState = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#check(), checkMs);
    this.#connect();
  }

  /** Tells the server that the page shows something else. @param keepsPlace false: the whole state is needed */
  want({ keepsPlace }: { readonly keepsPlace: boolean }): void {
    this.#needsState ||= !keepsPlace;
    if (this.#state.kind !== 'open') return;
    const at = this.#needsState ? null : this.#options.getPosition();
    this.#send({ kind: 'want', ...this.#options.getWishes(), at });
  }

  /** Connects at once, after the machine has slept or the network is back. */
  retryNow(): void {
    if (this.#state.kind === 'open' && Date.now() - this.#heardAt < 2 * checkMs) return;
    this.#lose();
    this.#connect();
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    this.#drop();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    const socket = this.#options.open();
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.onopen = () => {
      this.#heardAt = Date.now();
      this.#setState({ kind: 'open' });
      this.want({ keepsPlace: true });
    };
    socket.onmessage = ({ data }) => {
      this.#heardAt = Date.now();
      this.#failures = 0;
      const message: ServerMessage = JSON.parse(String(data));
      if (message.kind === 'state') this.#needsState = false;
      this.#options.onMessage(message);
      if (message.kind === 'state' || message.kind === 'frame') this.#send({ kind: 'seen', number: message.number });
    };
    socket.onclose = () => this.#lose();
  }

  #check(): void {
    if (this.#socket !== null && Date.now() - this.#heardAt > silenceMs) this.#lose();
  }

  #lose(): void {
    this.#drop();
    if (this.#state.kind !== 'lost') this.#setState({ kind: 'lost', since: Date.now() });
    const retryMs = retriesMs[Math.min(this.#failures, retriesMs.length - 1)] ?? 0;
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), retryMs * (0.75 + Math.random() / 2));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #send(message: PageMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
