import type { IncomingMessage } from 'node:http';
import type { Trouble } from '@snoop/snoopdb';
import express from 'express';
import { type Backlog, describeBacklog, tellBacklog } from './backlog.ts';
import type { Metrics } from './metrics.ts';

export interface SideRoutesOptions {
  readonly version: string;
  /** Why no body can be taken now; null: they are taken. */
  readonly askWhyNot: () => Promise<Trouble | null>;
  /** What waits in the spool; null: there is no spool. */
  readonly readBacklog: () => Backlog | null;
  /** Whether who asks may read reasons in full. */
  readonly isKnown: (request: IncomingMessage) => boolean;
  /** null: they have an address of their own. */
  readonly metrics: Pick<Metrics, 'render'> | null;
}

/** Everything but `POST /events`. */
export function createSideRoutes(options: SideRoutesOptions): express.Express {
  const { version, askWhyNot, readBacklog, isKnown, metrics } = options;
  const app = createApp();
  const seeMetrics = metrics === null ? '' : ' and /metrics';
  app.get('/', (_request, response) => {
    response
      .type('text')
      .send(
        `auditlogger ${version}: POST an EventList of audit.k8s.io/v1 to /events, or to /events/<source>; see /readyz${seeMetrics}\n`,
      );
  });
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', async (request, response) => {
    const whyNot = await askWhyNot();
    const inFull = isKnown(request);
    const reason = whyNot === null ? null : inFull ? whyNot.detail : whyNot.kind;
    const kept = readBacklog();
    const backlog = kept === null ? null : tellBacklog(kept, inFull);
    response.status(whyNot === null ? 200 : 503).set('vary', 'Accept, Authorization');
    if (request.accepts(['text', 'json']) === 'json') {
      response.json({ ready: whyNot === null, reason, spool: backlog });
      return;
    }
    const lines = [reason ?? 'ok', ...(backlog === null ? [] : describeBacklog(backlog))];
    response.type('text').send(`${lines.join('\n')}\n`);
  });
  if (metrics !== null) addMetrics(app, metrics);
  app.all(['/', '/healthz', '/readyz'], refuseMethod);
  app.all(['/events', '/events/:source'], (_request, response) => {
    response.status(405).set('allow', 'POST').type('text').send('Audit events are sent with POST.\n');
  });
  const also =
    metrics === null ? '/healthz and /readyz; /metrics has an address of its own' : '/healthz, /readyz and /metrics';
  addEnd(app, `There is nothing here: POST audit events to /events; there are also ${also}.\n`);
  return app;
}

/** What is served at `--metrics-listen`. */
export function createMetricsRoutes(metrics: Pick<Metrics, 'render'>): express.Express {
  const app = createApp();
  addMetrics(app, metrics);
  addEnd(app, 'There is nothing here but /metrics.\n');
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
    // express would add a second charset.
    response.writeHead(200, { 'content-type': contentType, 'content-length': text.length }).end(text);
  });
  app.all('/metrics', refuseMethod);
}

const refuseMethod: express.RequestHandler = (request, response) => {
  response.status(405).set('allow', 'GET, HEAD').type('text').send(`${request.path} is only read: use GET.\n`);
};

function addEnd(app: express.Express, nothingHere: string): void {
  app.use((_request, response) => {
    response.status(404).type('text').send(nothingHere);
  });
  // Express's own would answer with a stack, and print another one.
  const refuse: express.ErrorRequestHandler = (_error, _request, response, next) => {
    if (response.headersSent) next();
    else response.status(400).type('text').send('The path of this request cannot be read.\n');
  };
  app.use(refuse);
}
