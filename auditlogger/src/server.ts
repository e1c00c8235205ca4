import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { toError } from '@snoop/snoopdb';
import express from 'express';
import type { Logger } from 'pino';
import type { Answer } from './answers.ts';
import { notNow } from './answers.ts';
import type { Intake } from './intake.ts';
import type { Store } from './store.ts';

/** The kube-apiserver keeps idle connections for 90 s; one that we close before costs it a back-off of 10 s. */
const keepAliveTimeoutMs = 120_000;
const headersTimeoutMs = 15_000;
/** The kube-apiserver gives up after 30 s. */
const requestTimeoutMs = 60_000;
/** Within ten seconds of the signal we are gone; what is left is for the last answers to leave. */
const drainTimeoutMs = 8000;

export interface AuditServer {
  /** Where it listens, with the port that was taken: `http://127.0.0.1:9900`. */
  readonly url: string;
  /** Takes no new bodies, answers those in flight, then closes. */
  close(): Promise<void>;
}

/**
 * Serves `POST /events` and the side routes.
 * @throws Error when the address cannot be listened on, with the system's error as its cause
 */
export async function startServer(options: {
  host: string;
  port: number;
  intake: Intake;
  store: Store;
  version: string;
  log: Logger;
}): Promise<AuditServer> {
  const { host, port, intake, store, version, log } = options;
  let closing = false;
  const sideRoutes = createSideRoutes({
    version,
    askWhyNot: async () => (closing ? 'shutting down' : store.askWhyNot()),
  });
  const server = createServer((request, response) => {
    // The one path with traffic does without a framework's middleware, which would take longer than the work itself.
    if (request.method === 'POST' && /^\/events\/?(\?|$)/.test(request.url ?? ''))
      void takeEvents(intake, request, response, log);
    else sideRoutes(request, response);
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  const url = await listen(server, host, port);
  return {
    url,
    async close() {
      closing = true;
      await Promise.race([intake.drain(), wait(drainTimeoutMs, undefined, { ref: false })]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, wait(500, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

async function takeEvents(
  intake: Intake,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await intake.take(request);
  } catch (error) {
    // Not foreseen; a 500 would say no more to the sender than that it should try again.
    log.error({ reason: toError(error).message }, 'a request failed');
    answer = notNow('The request failed.');
  }
  if (response.destroyed) return;
  const headers: Record<string, string> = {
    'content-type': answer.status === 200 ? 'application/json' : 'text/plain; charset=utf-8',
  };
  if (answer.retryAfterS !== undefined) headers['retry-after'] = String(answer.retryAfterS);
  response.writeHead(answer.status, headers).end(`${answer.text}\n`);
  // The rest of a refused body is read and forgotten: a connection that is cut meanwhile would lose the answer.
  request.resume();
}

function createSideRoutes(options: { version: string; askWhyNot: () => Promise<string | null> }): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/', (_request, response) => {
    response.type('text').send(`auditlogger ${options.version}: POST an audit.k8s.io/v1 EventList to /events\n`);
  });
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', async (_request, response) => {
    const whyNot = await options.askWhyNot();
    response
      .status(whyNot === null ? 200 : 503)
      .type('text')
      .send(`${whyNot ?? 'ok'}\n`);
  });
  app.all('/events', (_request, response) => {
    response.status(405).set('allow', 'POST').type('text').send('Audit events are sent with POST.\n');
  });
  app.use((request, response) => {
    response.status(404).type('text').send(`There is nothing at ${request.path}: POST audit events to /events.\n`);
  });
  return app;
}

function listen(server: Server, host: string, port: number): Promise<string> {
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
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}`);
    });
  });
}
