import type { ConnectionOptions } from 'node:tls';
import { type HttpAnswer, type HttpConnection, openConnection } from './http-connection.ts';

export interface SinkOptions {
  /** The sink's address with its path: `http://127.0.0.1:9900/events`. */
  readonly url: string;
  /** For https: what to trust, and a client certificate. */
  readonly tls?: ConnectionOptions;
  readonly token?: string;
}

/** Sends bodies as the kube-apiserver's client does: as many connections as there are requests at once, kept alive. */
export interface SinkClient {
  /** @throws Error of the connection, or the signal's reason; then the connection is closed, as Go does it */
  post(body: Buffer, signal?: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

export function createSinkClient(options: SinkOptions): SinkClient {
  const url = new URL(options.url);
  const target = `${url.pathname}?timeout=30s`;
  const headers = {
    'User-Agent': 'Go-http-client/1.1',
    Accept: 'application/json, */*',
    'Content-Type': 'application/json',
    // Over plain http the real one leaves it out without a word.
    ...(options.token !== undefined && url.protocol === 'https:' ? { Authorization: `Bearer ${options.token}` } : {}),
  };
  const open = new Set<HttpConnection>();
  let idle: HttpConnection[] = [];

  const take = async (): Promise<HttpConnection> => {
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (known.usable) return known;
      open.delete(known);
    }
    const made = await openConnection(url, options.tls);
    open.add(made);
    return made;
  };

  return {
    async post(body, signal) {
      signal?.throwIfAborted();
      const connection = await take();
      const onAbort = (): void => connection.close();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        signal?.throwIfAborted();
        return await connection.post(target, headers, body);
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
        if (connection.usable) idle.push(connection);
        else open.delete(connection);
      }
    },
    close() {
      for (const connection of open) connection.close();
      open.clear();
      idle = [];
    },
  };
}
