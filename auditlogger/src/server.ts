import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Server as SecureServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { isSourceName } from '@snoop/snoopdb';
import { type Answer, badSource } from './answers.ts';
import { type Connections, watchConnections } from './connections.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { Intake } from './intake.ts';
import type { RefusalLog } from './refusal-log.ts';

/** The kube-apiserver keeps idle connections for 90 s; one that we close before costs it a back-off of 10 s. */
const keepAliveTimeoutMs = 120_000;
const headersTimeoutMs = 15_000;
/** Of any request; bodies of events have their own, shorter time. */
const requestTimeoutMs = 60_000;
/** How often Node looks for connections whose time is over. */
const checkMs = 1000;
const handshakeTimeoutMs = 10_000;
/** Within ten seconds of the signal we are gone; what is left is for the last answers to leave. */
const drainTimeoutMs = 7000;
const lastAnswersMs = 300;
/** How often the leaving of the last sender is looked for. */
const lookMs = 50;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The source of what is sent to /events itself. */
  readonly source: string;
  readonly maxConnections: number;
  readonly intake: Intake;
  readonly credentials: Pick<Credentials, 'tls' | 'check' | 'onTlsChange'>;
  readonly metrics: { answered(status: Answer['status']): void };
  readonly refusals: RefusalLog;
  /** Everything but `POST /events`. */
  readonly sideRoutes: RequestListener;
}

export interface AuditServer {
  /** Where it listens, with the port that was taken: `http://127.0.0.1:9900`. */
  readonly url: string;
  /** Open connections. */
  readonly connections: number;
  /** Goes on serving until nobody who sent events is connected any more, for `ms` at most. */
  awaitSendersGone(ms: number): Promise<void>;
  /** Takes no new bodies, answers those in flight, then closes. */
  close(): Promise<void>;
}

/**
 * Serves `POST /events` and the side routes.
 * @throws Error when the address cannot be listened on, with the system's error as its cause
 */
export async function startServer(options: ServerOptions): Promise<AuditServer> {
  const { host, port, intake, credentials } = options;
  let isClosing = false;
  const server = credentials.tls
    ? createHttpsServer({
        handshakeTimeout: handshakeTimeoutMs,
        connectionsCheckingInterval: checkMs,
        ...credentials.tls,
      })
    : createServer({ connectionsCheckingInterval: checkMs });
  if (server instanceof SecureServer) credentials.onTlsChange((tls) => server.setSecureContext(tls));
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  const connections = watchConnections(server, options.maxConnections);
  const handle = createHandler(options, connections, () => isClosing);
  server.on('request', (request, response) => handle(request, response, false));
  // Who asks before sending a body gets a refusal without having sent it.
  server.on('checkContinue', (request, response) => handle(request, response, true));
  const url = await listen(server, host, port, credentials.tls ? 'https' : 'http');
  return {
    url,
    get connections() {
      return connections.count;
    },
    async awaitSendersGone(ms) {
      const until = performance.now() + ms;
      while (connections.senders > 0 && performance.now() < until) await wait(lookMs);
    },
    async close() {
      isClosing = true;
      await intake.drain(drainTimeoutMs);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, wait(lastAnswersMs, undefined, { ref: false })]);
      // The server's own closeAllConnections() does not know those that are in the middle of a handshake.
      connections.close();
      await closed;
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse, asksFirst: boolean) => void;

function createHandler(options: ServerOptions, connections: Connections, isClosing: () => boolean): Handler {
  const { source, intake, credentials, metrics, refusals, sideRoutes } = options;

  return (request, response, asksFirst) => {
    const path = request.method === 'POST' ? readEventsPath(request.url ?? '') : null;
    connections.begin(request, path !== null);
    // The one path with traffic does without a framework's middleware, which would take longer than the work itself.
    if (path === null) {
      response.once('finish', () => connections.end(request));
      sideRoutes(request, response);
      return;
    }
    let wasAsked = asksFirst;
    const answer = (its: Answer): void => {
      metrics.answered(its.status);
      if (response.destroyed) return;
      // Who was not told to go on may never send the body, and then there is no telling where the next request begins.
      if (wasAsked || connections.isCrowded || isClosing()) response.shouldKeepAlive = false;
      // What a certificate is worth was found out at the handshake: the next try has to make another one.
      if (its.status === 401) response.shouldKeepAlive = false;
      send(response, its, wasAsked || request.complete ? null : request);
      connections.end(request);
    };
    const refusal: Answer | null =
      credentials.check(request) ?? (path === '' || isSourceName(path) ? null : badSource(path));
    if (refusal !== null) {
      refusals.note(refusal.status, refusal.text, source);
      answer(refusal);
    } else {
      const begin = (): void => {
        if (wasAsked) response.writeContinue();
        wasAsked = false;
      };
      intake.take(request, { source: path === '' ? source : path, begin, answer });
    }
  };
}

/** The source that a path names, '' where it names none; null when it is not the path of events. */
function readEventsPath(url: string): string | null {
  if (!url.startsWith('/events')) return null;
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (path.length <= '/events/'.length) return path === '/events' || path === '/events/' ? '' : null;
  if (path['/events'.length] !== '/') return null;
  const name = path.slice('/events/'.length);
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** @param rest the request of which not everything came yet; null: it did, or will not */
function send(response: ServerResponse, { status, retryAfterS, text }: Answer, rest: IncomingMessage | null): void {
  const body = `${text}\n`;
  const headers = [
    'content-type',
    status === 200 ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
  ];
  if (retryAfterS !== undefined) headers.push('retry-after', String(retryAfterS));
  if (status === 401) headers.push('www-authenticate', 'Bearer');
  response.writeHead(status, headers);
  if (rest === null || response.shouldKeepAlive) {
    response.end(body);
  } else {
    // The end of the response closes the connection, and who is still sending then loses the answer.
    response.write(body);
    rest.once('end', () => response.end());
  }
}

function listen(server: Server, host: string, port: number, scheme: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      reject(
        new Error(`Cannot listen on ${host}:${port} (${cause.message}). Choose another port with --listen.`, { cause }),
      );
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`);
    });
  });
}
