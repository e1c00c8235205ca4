import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isSourceName } from '@snoop/snoopdb';
import { type Answer, badSource } from './answers.ts';
import { type Connections, handOutNoMore } from './connections.ts';
import type { Credentials } from './credentials/credentials.ts';
import { createBoundedServer } from './http-server.ts';
import type { Intake } from './intake.ts';
import type { RefusalLog } from './refusal-log.ts';
import { serveInTurn } from './side-requests.ts';

/** Within ten seconds of the signal we are gone. */
const drainTimeoutMs = 7000;
/** How often the leaving of the last sender is looked for. */
const lookMs = 50;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** The source of what is sent to /events itself. */
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
  const { server, connections, ...bounded } = createBoundedServer(credentials, options.maxConnections);
  const handle = createHandler(options, connections, () => isClosing);
  server.on('request', (request, response) => handle(request, response, false));
  // Who asks before sending a body gets a refusal without having sent it.
  server.on('checkContinue', (request, response) => handle(request, response, true));
  const url = await bounded.listen({ host, port, flag: '--listen' });
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
      await bounded.close();
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse, asksFirst: boolean) => void;

function createHandler(options: ServerOptions, connections: Connections, isClosing: () => boolean): Handler {
  const { source, intake, credentials, metrics, refusals } = options;
  const serveAside = serveInTurn(options.sideRoutes);

  return (request, response, asksFirst) => {
    const path = request.method === 'POST' ? readEventsPath(request.url ?? '') : null;
    connections.begin(request, path !== null);
    // The one path with traffic does without a framework's middleware, which would take longer than the work itself.
    if (path === null) {
      response.once('finish', () => connections.end(request, false));
      serveAside(request, response);
      return;
    }
    let wasAsked = asksFirst;
    const answer = (its: Answer): void => {
      metrics.answered(its.status);
      if (response.destroyed) return;
      // Who was not told to go on may never send the body, and then there is no telling where the next request begins.
      if (wasAsked || connections.isCrowded || isClosing()) response.shouldKeepAlive = false;
      // What a certificate is worth was found out at the handshake: the next try has to make another one.
      if (its.status === 401) {
        response.shouldKeepAlive = false;
        handOutNoMore(request.socket);
      }
      const text = its.detail !== undefined && credentials.isKnown(request) ? its.detail : its.text;
      send(response, { ...its, text }, wasAsked || request.complete ? null : request);
      connections.end(request, its.status === 200);
    };
    const named = path === '' ? source : path;
    const refusal: Answer | null = credentials.check(request, named) ?? (isSourceName(named) ? null : badSource(named));
    if (refusal !== null) {
      refusals.note(refusal.status, refusal.text, source);
      answer(refusal);
    } else {
      const begin = (): void => {
        if (wasAsked) response.writeContinue();
        wasAsked = false;
      };
      intake.take(request, { source: named, begin, answer });
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
