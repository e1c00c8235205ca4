import { isLoopback, type Pool } from '@snoop/snoopdb';
import express from 'express';
import { createDataRoutes, findFirstRelease } from './data-routes.ts';
import { type PageAssets, webFolder } from './page/assets.ts';
import { livePages, type PageName, releasePages } from './page/page-names.ts';
import { contentPolicy, writeShell } from './page/shell.ts';
import { fileURLToPath } from 'node:url';

export interface UiOptions {
  readonly pool: Pool;
  readonly assets: PageAssets;
  readonly version: string;
}

/** Creates the routes of `snoop ui`: pages, their files, and data. No request changes anything. */
export function createUi({ pool, assets, version }: UiOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(checkHost, refuseOtherMethods, setHeaders);
  app.get('/', async (_request, response) => {
    const release = await findFirstRelease(pool);
    response.redirect(302, release === null ? 'live.html' : `${release}/coverage.html`);
  });
  app.use(
    '/assets',
    express.static(fileURLToPath(new URL('assets/', webFolder)), {
      immutable: true,
      maxAge: '1y',
      index: false,
      fallthrough: false,
    }),
  );
  app.use('/data', createDataRoutes(pool));
  const show = (page: PageName, release: string | null, root: string): string => {
    const settings = { page, release, root, isLive: true, version };
    return writeShell(settings, assets, { title: 'snoop', body: '' });
  };
  app.get('/:release/:page.html', (request, response, next) => {
    const page = releasePages.find((name) => name === request.params.page);
    if (page === undefined || !/^\d+\.\d+\.\d+$/.test(request.params.release)) return next();
    response.type('html').send(show(page, request.params.release, '../'));
  });
  app.get('/:page.html', async (request, response, next) => {
    const page = livePages.find((name) => name === request.params.page);
    if (page === undefined) return next();
    // Without SnoopDB the page itself says so.
    const release = await findFirstRelease(pool).catch(() => null);
    response.type('html').send(show(page, release, './'));
  });
  app.use((_request, response) => {
    response.status(404).type('text').send('There is no such page.\n');
  });
  return app;
}

/** Refuses other names of this machine: a page of another site could have them point here (DNS rebinding). */
const checkHost: express.RequestHandler = (request, response, next) => {
  const host = /^(\[[0-9a-f:]+\]|[^:]*)(:\d+)?$/i.exec(request.headers.host ?? '')?.[1]?.replace(/^\[|\]$/g, '') ?? '';
  if (isLoopback(host.toLowerCase())) return next();
  response.status(421).type('text').send('Open this page by the address that snoop ui printed.\n');
};

const refuseOtherMethods: express.RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') return next();
  response.status(405).set('allow', 'GET, HEAD').type('text').send('This page only shows; it changes nothing.\n');
};

const setHeaders: express.RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': `${contentPolicy}; frame-ancestors 'none'`,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  });
  next();
};
