import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { SnoopDbError, toError } from '../errors.ts';
import type { TlsPlan } from './tls-plan.ts';

/** What `pg` has and its types leave out. */
interface ConnectionOfPg extends EventEmitter {
  stream: Socket;
  ssl: ConnectionOptions | boolean;
  _ending: boolean;
  _connecting: boolean;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  upgradeToSSL(host: string | undefined, report: (error: Error) => void): void;
  attachListeners(stream: Duplex): void;
}

const Connection = pg.Connection as unknown as new (config: Record<string, unknown>) => ConnectionOfPg;

/**
 * A connection that is made as libpq makes it: `pg` knows only "with TLS" and "without". A server that has no TLS is
 * spoken to in plain on the same connection (prefer); one that refuses the first way before it knows who is there is
 * tried the other way on a new one (prefer, allow). Its client has to be told that there is TLS when one of the
 * attempts has it: it then asks for it by {@link requestSsl}.
 */
export class NegotiatedConnection extends Connection {
  readonly #plan: TlsPlan;
  #attempt = 0;
  /** Below the stream, which with TLS is another one. */
  #socket: Socket | null = null;
  #handshaking = false;
  #authenticated = false;
  #target: readonly [port: number | string, host: string | undefined] = [0, undefined];
  /** The server's answer to the attempt with TLS, which says more than what came of the plain one. */
  #refusal: object | null = null;

  constructor(plan: TlsPlan) {
    super({ ssl: plan.attempts.includes('tls'), sslNegotiation: plan.direct ? 'direct' : 'postgres' });
    this.#plan = plan;
  }

  override connect(port: number | string, host?: string): void {
    this.#target = [port, host];
    this.#open();
  }

  override requestSsl(): void {
    if (this.#usesTls) super.requestSsl();
    // The client begins now, as it does after a handshake.
    else super.emit('sslconnect');
  }

  override emit(event: string, ...details: unknown[]): boolean {
    if (event === 'authenticationOk') this.#authenticated = true;
    const refused = event === 'errorMessage' && !this.#authenticated;
    if (refused && this.#usesTls) this.#refusal = toObject(details[0]);
    if ((refused || (event === 'error' && this.#handshaking)) && this.#fallBack()) return true;
    if (refused) return super.emit(event, this.#refusal ?? details[0]);
    if (event === 'error') return super.emit(event, this.#explain(toError(details[0])));
    return super.emit(event, ...details);
  }

  get #usesTls(): boolean {
    return this.#plan.attempts[this.#attempt] === 'tls';
  }

  /** @returns whether there is another way */
  #fallBack(): boolean {
    if (this._ending || this.#attempt + 1 >= this.#plan.attempts.length) return false;
    this.#attempt++;
    this.#handshaking = false;
    for (const refused of [this.stream, this.#socket])
      refused
        ?.removeAllListeners()
        .on('error', () => {})
        .destroy();
    this.stream = new Socket();
    this.#open();
    return true;
  }

  #open(): void {
    const { stream } = this;
    const [port, host] = this.#target;
    this.#socket = stream;
    this._connecting = true;
    stream.setNoDelay(true);
    if (typeof port === 'string') stream.connect(port);
    else stream.connect(port, host ?? 'localhost');
    stream.once('connect', () => {
      stream.setKeepAlive(true);
      this.emit('connect');
    });
    const report = (error: Error & { code?: string }): void => {
      if (this._ending && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return;
      this.emit('error', error);
    };
    stream.on('error', report);
    stream.on('close', () => this.emit('end'));
    if (!this.#usesTls) this.attachListeners(stream);
    else if (this.#plan.direct) stream.once('connect', () => this.#upgrade(report));
    else stream.once('data', (answer) => this.#readAnswer(answer.toString('latin1'), report));
  }

  /** To a request for TLS a server answers one byte: S or N. */
  #readAnswer(answer: string, report: (error: Error) => void): void {
    if (answer === 'S') {
      this.#upgrade(report);
      return;
    }
    const { mode } = this.#plan;
    if (answer === 'N' && (mode === 'prefer' || mode === 'allow')) {
      // The last way: the other one would come to the same.
      this.#attempt = this.#plan.attempts.length;
      this.attachListeners(this.stream);
      this.emit('sslconnect');
      return;
    }
    const what =
      answer === 'N'
        ? `The database's server has no TLS, and sslmode=${mode} asks for it.`
        : 'What answers there is not a PostgreSQL: it did not understand a request for TLS.';
    this.stream.end();
    this.emit('error', new SnoopDbError('tls_failed', what));
  }

  #upgrade(report: (error: Error) => void): void {
    try {
      this.ssl = this.#plan.readOptions();
    } catch (error) {
      this.stream.end();
      super.emit('error', toError(error));
      return;
    }
    this.#handshaking = true;
    this.upgradeToSSL(this.#target[1], report);
    this.stream.once('secureConnect', () => {
      this.#handshaking = false;
    });
  }

  #explain(error: Error): Error {
    const isOfTls = this.#handshaking || ('code' in error && /^ERR_(SSL|TLS|OSSL)/.test(String(error.code)));
    if (error instanceof SnoopDbError || !isOfTls) return error;
    const advice = "look at sslmode, sslrootcert and the server's certificate";
    const message = `TLS with the database did not come about (sslmode=${this.#plan.mode}): ${error.message}; ${advice}.`;
    return new SnoopDbError('tls_failed', message, { cause: error });
  }
}

function toObject(value: unknown): object | null {
  return typeof value === 'object' ? value : null;
}
