import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import type { CertificateAndKey } from '../sink/certificates.ts';
import { answerStatus } from './client-connection.ts';
import type { ClientAnswer, ClientMessage } from './client-connection.ts';
import { forwardRequest } from './forward-request.ts';
import { forwardUpgrade, openAnswer } from './forward-upgrade.ts';
import { maxHeaderBytes, Upstream } from './upstream.ts';

export interface ProxyOptions {
  /** The cluster; its agent records each request. */
  readonly access: ClusterAccess;
  /** For 127.0.0.1. */
  readonly certificate: CertificateAndKey;
  /** What clients must send as a bearer token. */
  readonly token: string;
}

export interface RecordingProxy {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** Requests without the token, and failed TLS handshakes; so far. */
  readonly refused: { readonly requests: number; readonly handshakes: number };
  /** Waits until no request is open. @returns how many are open after `limitMs` */
  drain(limitMs: number): Promise<number>;
  /** Cuts off what is open, and waits until it is recorded. */
  close(): Promise<void>;
}

const windowBytes = 1 << 20;

/** Starts a proxy on loopback that passes requests with the token on to a cluster, over HTTP/1.1 or HTTP/2. */
export async function startProxy({ access, certificate, token }: ProxyOptions): Promise<RecordingProxy> {
  const upstream = new Upstream(access);
  const isAllowed = createTokenCheck(token);
  const refused = { requests: 0, handshakes: 0 };
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const options = {
    ...{ cert: certificate.certificate, key: certificate.key, allowHTTP1: true },
    settings: { initialWindowSize: windowBytes },
    maxSessionMemory: 256,
  };
  const server = createSecureServer(options);
  // An upload or a silent connection may last for hours.
  Object.assign(server, { requestTimeout: 0, keepAliveTimeout: 90_000, timeout: 0, maxHeaderSize: maxHeaderBytes });

  const handle = async (client: ClientMessage, answer: ClientAnswer, expectsContinue: boolean): Promise<void> => {
    if (/^https?:/i.test(client.url ?? '')) return answerStatus(answer, 400, 'BadRequest', notAProxy);
    if (!isAllowed(client)) {
      refused.requests += 1;
      return answerStatus(answer, 401, 'Unauthorized', noToken);
    }
    await forwardRequest(upstream, client, answer, expectsContinue);
  };
  const start = (client: ClientMessage, answer: ClientAnswer, expectsContinue: boolean): void => {
    handle(client, answer, expectsContinue).catch((error: unknown) =>
      answerStatus(answer, 502, 'BadGateway', explain(error)),
    );
  };
  server.on('request', (client, answer) => start(client, answer, false));
  server.on('checkContinue', (client, answer) => start(client, answer, true));
  server.on('upgrade', (client: IncomingMessage, socket: Duplex, head: Buffer) => {
    const answer = openAnswer(client, socket);
    if (!isAllowed(client)) {
      refused.requests += 1;
      return answerStatus(answer, 401, 'Unauthorized', noToken);
    }
    forwardUpgrade(upstream, client, socket, answer, head).catch((error: unknown) =>
      answerStatus(answer, 502, 'BadGateway', explain(error)),
    );
  });
  server.on('connect', (client: ClientMessage, other: ClientAnswer | Duplex) => {
    const answer = 'writeHead' in other ? other : openAnswer(client as IncomingMessage, other);
    answerStatus(answer, 405, 'MethodNotAllowed', notAProxy);
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.setLocalWindowSize(windowBytes * 4);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {
    refused.handshakes += 1;
  });
  // Errors of a session end it, and its requests.
  server.on('sessionError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    refused,
    drain: (limitMs) => upstream.drain(limitMs),
    async close() {
      await upstream.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const notAProxy = 'snoop exec: SNOOP_PROXY is the address of a cluster, not that of a proxy for other addresses.';
const noToken =
  'snoop exec: The request has no token, or another one. Use the kubeconfig in KUBECONFIG, or send "Authorization: Bearer $SNOOP_PROXY_TOKEN".';

/** Compares digests, whose length and comparison time do not depend on the token. */
function createTokenCheck(token: string): (client: ClientMessage) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(token);
  return ({ headers }) => {
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), wanted);
  };
}

function explain(error: unknown): string {
  const lines = error instanceof SnoopError ? [error.message, ...error.advice] : [String(error)];
  return `snoop exec: ${lines.join(' ')}`;
}
