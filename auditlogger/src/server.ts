import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isSourceName } from '@snoop/snoopdb';
import { type Answer, badSource } from './answers.ts';
import { type Connections, stopParsing } from './connections.ts';
import type { Credentials } from './credentials/credentials.ts';
import { createBoundedServer } from './http-server.ts';
import type { Intake } from './intake.ts';
import type { RefusalLog } from './refusal-log.ts';
import { serveSequentially } from './side-requests.ts';

/** The process has to end within ten seconds of the signal. */
const drainTimeoutMs = 7000;
/** How often connected senders are counted during the shutdown delay. */
const pollMs = 50;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The source of events posted to `/events` itself. */
  readonly source: string;
  readonly maxConnections: number;
  readonly intake: Intake;
  readonly credentials: Pick<Credentials, 'tls' | 'check' | 'isKnown' | 'onTlsChange'>;
  readonly metrics: { answered(status: Answer['status']): void };
  readonly refusals: RefusalLog;
  /** Everything but `POST /events`. */
  readonly sideRoutes: RequestListener;
}

export interface AuditServer {
  /** With the actual port: `http://127.0.0.1:9900`. */
  readonly url: string;
  /** Open connections. */
  readonly connections: number;
  /** Waits until no sender of events is connected, for `ms` at most. */
  awaitSendersDisconnected(ms: number): Promise<void>;
  /** Refuses new bodies, answers those in flight, then closes. */
  close(): Promise<void>;
}

/**
 * Serves `POST /events` and the side routes.
 * @throws Error when the address cannot be used, with the system error as cause
 */
export async function startServer(options: ServerOptions): Promise<AuditServer> {
  const { host, port, intake, credentials } = options;
  let isClosing = false;
  const { server, connections, ...bounded } = createBoundedServer(credentials, options.maxConnections);
  const handle = createHandler(options, connections, () => isClosing);
  server.on('request', (request, response) => handle(request, response, false));
  // With `Expect: 100-continue` a refusal is sent before the body.
  server.on('checkContinue', (request, response) => handle(request, response, true));
  const url = await bounded.listen({ host, port, flag: '--listen' });
  return {
    url,
    get connections() {
      return connections.count;
    },
    async awaitSendersDisconnected(ms) {
      const until = performance.now() + ms;
      while (connections.senders > 0 && performance.now() < until) await wait(pollMs);
    },
    async close() {
      isClosing = true;
      await intake.drain(drainTimeoutMs);
      await bounded.close();
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void;

function createHandler(options: ServerOptions, connections: Connections, isClosing: () => boolean): Handler {
  const { source, intake, credentials, metrics, refusals } = options;
  const serveAside = serveSequentially(options.sideRoutes);

  return (request, response, expectsContinue) => {
    const path = request.method === 'POST' ? readEventsPath(request.url ?? '') : null;
    connections.begin(request, path !== null);
    // Only the events path has traffic; Express would cost more than the work itself.
    if (path === null) {
      response.once('finish', () => connections.end(request, false));
      serveAside(request, response);
      return;
    }
    let awaitsContinue = expectsContinue;
    const reply = (answer: Answer): void => {
      metrics.answered(answer.status);
      if (response.destroyed) return;
      // Without "100 Continue" the client may omit the body, so the start of the next request is unknown.
      if (awaitsContinue || connections.isCrowded || isClosing()) response.shouldKeepAlive = false;
      // Client certificates are verified in the TLS handshake: close the connection to force a new one.
      if (answer.status === 401) {
        response.shouldKeepAlive = false;
        stopParsing(request.socket);
      }
      const text = answer.detail !== undefined && credentials.isKnown(request) ? answer.detail : answer.text;
      send(response, { ...answer, text }, awaitsContinue || request.complete ? null : request);
      connections.end(request, answer.status === 200);
    };
    const named = path === '' ? source : path;
    const refusal: Answer | null = credentials.check(request, named) ?? (isSourceName(named) ? null : badSource(named));
    if (refusal !== null) {
      refusals.note(refusal.status, refusal.text, source);
      reply(refusal);
    } else {
      const begin = (): void => {
        if (awaitsContinue) response.writeContinue();
        awaitsContinue = false;
      };
      intake.take(request, { source: named, begin, reply });
    }
  };
}

/** @returns the source in the path, '' without one; null for other paths */
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

/** @param rest the request whose body is still being received; null: none */
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
    // Ending the response closes the connection; a sender that is still sending would lose the answer.
    response.write(body);
    rest.once('end', () => response.end());
  }
}
