import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { version } from './version.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface AskOptions {
  /** The certificate authority of an https server, as PEM. */
  readonly ca?: string;
  /** The client's certificate and its key, as PEM. */
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly accept?: string;
  /** For the whole answer; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/** GETs an address. Our own house-keeping is told from tests by its user agent. */
export function ask(url: string, { token, accept, timeoutMs = 5000, ...tls }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'user-agent': `snoop/${version}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(accept === undefined ? {} : { accept }),
    };
    const options = {
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...tls,
    };
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.once('error', reject);
      response.once('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        });
      });
    });
    request.once('error', reject);
    request.end();
  });
}

/** Whether it answers 200 now; while it starts it refuses connections, or answers 500. */
export async function isHealthy(url: string, options: AskOptions = {}): Promise<boolean> {
  return ask(url, options).then(
    ({ status }) => status === 200,
    () => false,
  );
}
