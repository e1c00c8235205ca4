import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { SnoopDbError, toError } from '../errors.ts';
import type { TlsPlan } from './tls-plan.ts';

/** Members of `pg.Connection` that its types leave out. */
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
 * Negotiates TLS as libpq does; `pg` supports only "with TLS" and "without". If the server has no TLS, the connection
 * continues without it (prefer). If the server refuses the first attempt before authentication, a second connection is
 * tried the other way (prefer, allow). The client must be created with `ssl` if any attempt uses TLS; it then calls
 * {@link requestSsl}.
 */
export class NegotiatedConnection extends Connection {
  readonly #plan: TlsPlan;
  #attempt = 0;
  /** The TCP or Unix socket; with TLS `stream` is another object. */
  #socket: Socket | null = null;
  #handshaking = false;
  #authenticated = false;
  #target: readonly [port: number | string, host: string | undefined] = [0, undefined];
  /** The server's error for the TLS attempt, which is more helpful than that of the plain one. */
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
    // Makes the client start, as after a handshake.
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

  /** Starts the next attempt. @returns false if there is none */
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

  /** Reads the server's answer to a TLS request: one byte, S or N. */
  #readAnswer(answer: string, report: (error: Error) => void): void {
    if (answer === 'S') {
      this.#upgrade(report);
      return;
    }
    const { mode } = this.#plan;
    if (answer === 'N' && (mode === 'prefer' || mode === 'allow')) {
      // No further attempt: a plain one would be the same.
      this.#attempt = this.#plan.attempts.length;
      this.attachListeners(this.stream);
      this.emit('sslconnect');
      return;
    }
    const message =
      answer === 'N'
        ? `The database server does not support TLS, which sslmode=${mode} requires.`
        : 'The server at this address is not PostgreSQL: it did not understand a TLS request.';
    this.stream.end();
    this.emit('error', new SnoopDbError('tls_failed', message));
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
    const advice = "Check sslmode, sslrootcert and the server's certificate";
    const message = `The TLS handshake with the database failed (sslmode=${this.#plan.mode}): ${error.message}. ${advice}.`;
    return new SnoopDbError('tls_failed', message, { cause: error });
  }
}

function toObject(value: unknown): object | null {
  return typeof value === 'object' ? value : null;
}
