import type { IncomingMessage } from 'node:http';
import type { DatabaseProblem } from '@snoop/snoopdb';
import express from 'express';
import { type Backlog, describeBacklog, reportBacklog } from './backlog.ts';
import type { Metrics } from './metrics.ts';

export interface SideRoutesOptions {
  readonly version: string;
  /** Why no body can be stored now; null: it can. */
  readonly checkAvailability: () => Promise<DatabaseProblem | null>;
  /** The backlog of the spool; null: no spool. */
  readonly readBacklog: () => Backlog | null;
  /** Whether the client may read details. */
  readonly isKnown: (request: IncomingMessage) => boolean;
  /** null: served on a separate address. */
  readonly metrics: Pick<Metrics, 'render'> | null;
}

/** Everything but `POST /events`. */
export function createSideRoutes(options: SideRoutesOptions): express.Express {
  const { version, checkAvailability, readBacklog, isKnown, metrics } = options;
  const app = createApp();
  const alsoMetrics = metrics === null ? '' : ' and /metrics';
  app.get('/', (_request, response) => {
    response
      .type('text')
      .send(
        `auditlogger ${version}: POST an EventList of audit.k8s.io/v1 to /events, or to /events/<source>; see /readyz${alsoMetrics}\n`,
      );
  });
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', async (request, response) => {
    const problem = await checkAvailability();
    const withDetails = isKnown(request);
    const reason = problem === null ? null : withDetails ? problem.detail : problem.kind;
    const waiting = readBacklog();
    const backlog = waiting === null ? null : reportBacklog(waiting, withDetails);
    response.status(problem === null ? 200 : 503).set('vary', 'Accept, Authorization');
    if (request.accepts(['text', 'json']) === 'json') {
      response.json({ ready: problem === null, reason, spool: backlog });
      return;
    }
    const lines = [reason ?? 'ok', ...(backlog === null ? [] : describeBacklog(backlog))];
    response.type('text').send(`${lines.join('\n')}\n`);
  });
  if (metrics !== null) addMetrics(app, metrics);
  app.all(['/', '/healthz', '/readyz'], refuseMethod);
  app.all(['/events', '/events/:source'], (_request, response) => {
    response.status(405).set('allow', 'POST').type('text').send('Send audit events with POST.\n');
  });
  const also =
    metrics === null
      ? '/healthz and /readyz; /metrics is served on a separate address'
      : '/healthz, /readyz and /metrics';
  addFallback(app, `Not found. POST audit events to /events; see also ${also}.\n`);
  return app;
}

/** What is served at `--metrics-listen`. */
export function createMetricsRoutes(metrics: Pick<Metrics, 'render'>): express.Express {
  const app = createApp();
  addMetrics(app, metrics);
  addFallback(app, 'Not found. Only /metrics is served here.\n');
  return app;
}

function createApp(): express.Express {
  const app = express();
  app.disable('x-powered-by');
  return app;
}

function addMetrics(app: express.Express, metrics: Pick<Metrics, 'render'>): void {
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics.render();
    // Express would add a second charset.
    response.writeHead(200, { 'content-type': contentType, 'content-length': text.length }).end(text);
  });
  app.all('/metrics', refuseMethod);
}

const refuseMethod: express.RequestHandler = (request, response) => {
  response.status(405).set('allow', 'GET, HEAD').type('text').send(`${request.path} is read-only: use GET.\n`);
};

function addFallback(app: express.Express, notFound: string): void {
  app.use((_request, response) => {
    response.status(404).type('text').send(notFound);
  });
  // Express's default handler would answer with a stack trace and print it.
  const refuse: express.ErrorRequestHandler = (_error, _request, response, next) => {
    if (response.headersSent) next();
    else response.status(400).type('text').send('The path of this request cannot be decoded.\n');
  };
  app.use(refuse);
}
