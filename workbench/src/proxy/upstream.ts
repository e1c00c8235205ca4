import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import type { HeaderMap } from './headers.ts';
import { toObject } from './headers.ts';

/** Replaced by those of the cluster's user, of its address, and of the run. */
const replaced = ['authorization', 'host', 'audit-id'];

/** Sends requests to the cluster with the credentials of its kubeconfig. */
export class Upstream {
  readonly #access: ClusterAccess;
  readonly #open = new Set<ClientRequest>();
  #isClosed = false;
  #credentials: { readonly options: RequestOptions; readonly at: number } | null = null;
  readonly server: URL;

  /** @param access whose agent gives each request its user agent and Audit-ID, and records it */
  constructor(access: ClusterAccess) {
    const cluster = access.getCurrentCluster();
    if (!cluster) throw new SnoopError('no_cluster', 'The kubeconfig names no current cluster.');
    this.#access = access;
    this.server = new URL(cluster.server);
  }

  /**
   * Creates a request; nothing is sent before its body is written or it is ended.
   *
   * @param headers of the client's request; `Expect` is left out, because it would be sent before it is recorded
   * @throws SnoopError `no_credentials`; `command_ended` after {@link close}
   */
  async create(method: string, path: string, headers: HeaderMap): Promise<ClientRequest> {
    const options = await this.#readCredentials();
    if (this.#isClosed)
      throw new SnoopError('command_ended', 'The command has ended: its requests are no longer sent.');
    for (const name of [...replaced, 'expect']) headers.delete(name);
    const { server } = this;
    const own: OutgoingHttpHeaders = { ...toObject(headers), ...(options.headers as OutgoingHttpHeaders | undefined) };
    const send = server.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send({
      ...options,
      method,
      path: `${server.pathname.replace(/\/$/, '')}${path}`,
      protocol: server.protocol,
      hostname: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || undefined,
      headers: own,
      maxHeaderSize: maxHeaderBytes,
    });
    this.#track(request);
    return request;
  }

  /** Reads them again after a second: files change, and tokens expire. */
  async #readCredentials(): Promise<RequestOptions> {
    const now = performance.now();
    if (this.#credentials !== null && now - this.#credentials.at < credentialsMs) return this.#credentials.options;
    const options: RequestOptions = {};
    await this.#access.applyToHTTPSOptions(options);
    this.#credentials = { options, at: now };
    return options;
  }

  /** Refuses new requests, cuts off open ones and waits until they are recorded. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const request of this.#open) request.destroy(new Error('the command ended'));
    await this.drain(closeMs);
  }

  /** Waits until no request or upgraded connection is open. @returns how many are open after `limitMs` */
  async drain(limitMs: number): Promise<number> {
    const until = performance.now() + limitMs;
    while (this.#open.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.#open.size;
  }

  #track(request: ClientRequest): void {
    this.#open.add(request);
    const end = (): void => void this.#open.delete(request);
    let isAnswered = false;
    // Responses may be read after their request has closed, and upgraded connections outlive it.
    request.on('response', (response: IncomingMessage) => {
      isAnswered = true;
      response.once('close', end);
    });
    request.on('upgrade', (_response, socket) => {
      isAnswered = true;
      socket.once('close', end);
    });
    request.on('close', () => {
      if (!isAnswered) end();
    });
    request.on('socket', (socket) => {
      if (!request.reusedSocket) socket.setKeepAlive(true, keepAliveMs);
    });
  }
}

const credentialsMs = 1_000;
/** Go's default. */
export const maxHeaderBytes = 1 << 20;
/** A watch may be silent for hours; a broken connection is noticed. */
const keepAliveMs = 30_000;
const closeMs = 2_000;
