import express from 'express';
import { type Backlog, describeBacklog } from './backlog.ts';
import type { Metrics } from './metrics.ts';

export interface SideRoutesOptions {
  readonly version: string;
  /** Why no body can be taken now; null: they are taken. */
  readonly askWhyNot: () => Promise<string | null>;
  /** What waits in the spool; null: there is no spool. */
  readonly readBacklog: () => Backlog | null;
  readonly metrics: Pick<Metrics, 'render'>;
}

/** Everything but `POST /events`. */
export function createSideRoutes({ version, askWhyNot, readBacklog, metrics }: SideRoutesOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/', (_request, response) => {
    response
      .type('text')
      .send(
        `auditlogger ${version}: POST an EventList of audit.k8s.io/v1 to /events, or to /events/<source>; see /readyz and /metrics\n`,
      );
  });
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok\n');
  });
  app.get('/readyz', async (request, response) => {
    const whyNot = await askWhyNot();
    const backlog = readBacklog();
    response.status(whyNot === null ? 200 : 503).set('vary', 'Accept');
    if (request.accepts(['text', 'json']) === 'json') {
      response.json({ ready: whyNot === null, reason: whyNot, spool: backlog });
      return;
    }
    const lines = [whyNot ?? 'ok', ...(backlog === null ? [] : describeBacklog(backlog))];
    response.type('text').send(`${lines.join('\n')}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics.render();
    // express would add a second charset.
    response.writeHead(200, { 'content-type': contentType }).end(text);
  });
  app.all(['/', '/healthz', '/readyz', '/metrics'], (request, response) => {
    response.status(405).set('allow', 'GET, HEAD').type('text').send(`${request.path} is only read: use GET.\n`);
  });
  app.all(['/events', '/events/:source'], (_request, response) => {
    response.status(405).set('allow', 'POST').type('text').send('Audit events are sent with POST.\n');
  });
  app.use((_request, response) => {
    response
      .status(404)
      .type('text')
      .send('There is nothing here: POST audit events to /events; there are also /healthz, /readyz and /metrics.\n');
  });
  return app;
}
