import type { WebSocket } from 'ws';
import { maxUnconfirmed, type PageMessage } from '../live/messages.ts';
import { readPageMessage } from '../live/read-message.ts';
import type { Wanted } from './event-log.ts';

/** A message that is sent to all pages with the same place and wishes. */
export interface EncodedRange {
  readonly data: Buffer;
  /** The number of its last event. */
  readonly number: number;
}

/** What a client reads from the hub. */
export interface LiveSource {
  readonly session: string;
  /** The number of the last event. */
  readonly number: number;
  encodeState(wanted: Wanted): EncodedRange;
  /** null: the events after this number are not kept any more. */
  encodeFrame(after: number, wanted: Wanted): EncodedRange | null;
}

/** Of states and frames that were sent and not confirmed. A larger one is sent alone. */
const maxUnconfirmedBytes = 512 << 10;
/** Of all messages that the connection has not accepted: then status messages are left out. */
const maxWaitingBytes = 64 << 10;
/** Then nothing is sent: a client may confirm what it does not read. */
const maxBufferedBytes = 2 * maxUnconfirmedBytes;
const maxMessagesPerSecond = 100;
/** A page answers pings even while it computes. */
const maxSilentMs = 30_000;

/**
 * A page. Only its place in the log is kept for it, and what it has not confirmed: while it is slow, nothing is sent, and
 * later the log joins what happened.
 */
export class LiveClient {
  readonly #socket: WebSocket;
  readonly #source: LiveSource;
  #wanted: Wanted | null = null;
  #session: string | null = null;
  #number = 0;
  #unconfirmed: { readonly number: number; readonly bytes: number }[] = [];
  #isHeldBack = false;
  #messages = 0;
  #heardAt = Date.now();

  constructor(socket: WebSocket, source: LiveSource) {
    this.#socket = socket;
    this.#source = source;
    // The connection is closed after an error.
    socket.on('error', () => {});
    socket.on('pong', () => {
      this.#heardAt = Date.now();
    });
    socket.on('message', (data, isBinary) => this.#receive(isBinary ? null : readPageMessage(String(data))));
  }

  /** Sends what happened, unless the page is slow. */
  pump(): void {
    const wanted = this.#wanted;
    if (wanted === null) return;
    if (this.#session !== this.#source.session && this.#canSend()) this.#sendState(wanted);
    while (this.#session === this.#source.session && this.#number < this.#source.number) {
      if (!this.#canSend()) return;
      const frame = this.#source.encodeFrame(this.#number, wanted);
      if (frame === null) {
        this.#sendState(wanted);
        return;
      }
      this.#number = frame.number;
      this.#sendCounted(frame);
    }
  }

  /** Sends a message that may be left out for a page that does not read. @returns false: it was left out */
  sendIfReading(text: string): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN || this.#socket.bufferedAmount > maxWaitingBytes) return false;
    this.#socket.send(text);
    return true;
  }

  /** Ends the connection of a page that does not answer. Call it every second. */
  checkAlive(): void {
    this.#messages = 0;
    if (this.#isHeldBack) this.pump();
    if (Date.now() - this.#heardAt > maxSilentMs) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(message: PageMessage | null): void {
    this.#heardAt = Date.now();
    this.#messages += 1;
    if (message === null || this.#messages > maxMessagesPerSecond) {
      this.#socket.close(1008, message === null ? 'This is not a message of the page.' : 'Too many messages.');
      return;
    }
    if (message.kind === 'seen') {
      this.#unconfirmed = this.#unconfirmed.filter(({ number }) => number > message.number);
      if (this.#isHeldBack) this.pump();
      return;
    }
    const { rows, all, at } = message;
    this.#wanted = { rows, all };
    const canResume = at !== null && at.session === this.#source.session && at.number <= this.#source.number;
    this.#session = canResume ? at.session : null;
    this.#number = canResume ? at.number : 0;
    this.pump();
  }

  #canSend(): boolean {
    const bytes = this.#unconfirmed.reduce((sum, sent) => sum + sent.bytes, 0);
    this.#isHeldBack =
      this.#unconfirmed.length >= maxUnconfirmed ||
      bytes > maxUnconfirmedBytes ||
      this.#socket.bufferedAmount > maxBufferedBytes;
    return !this.#isHeldBack && this.#socket.readyState === this.#socket.OPEN;
  }

  #sendState(wanted: Wanted): void {
    const state = this.#source.encodeState(wanted);
    this.#session = this.#source.session;
    this.#number = state.number;
    this.#sendCounted(state);
  }

  #sendCounted({ data, number }: EncodedRange): void {
    this.#unconfirmed.push({ number, bytes: data.length });
    this.#socket.send(data, { binary: false });
  }
}
