import { fileURLToPath } from 'node:url';
import type { Pool } from '@snoop/snoopdb';
import express from 'express';
import { type AccessRules, checkCookie, checkRequest, type Refusal } from './access/access.ts';
import { answerDataError, createDataRoutes, findFirstRelease } from './data-routes.ts';
import { type PageAssets, webFolder } from './page/assets.ts';
import { livePages, type PageName, releasePages } from './page/page-names.ts';
import { contentPolicy, writeShell } from './page/shell.ts';

export interface UiOptions {
  /** The SnoopDB in use now. @throws SnoopError while there is none */
  readonly getPool: () => Pool;
  readonly assets: PageAssets;
  readonly version: string;
  readonly rules: AccessRules;
  readonly log: (text: string) => void;
}

/** Creates the routes of `snoop ui`: pages, their files, and data. No request changes anything. */
export function createUi({ getPool, assets, version, rules, log }: UiOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(setHeaders, checkAccess(rules), signIn(rules));
  app.get('/', async (_request, response) => {
    const release = await tryFindRelease(getPool);
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
  app.use('/data', serveData(getPool), answerDataError);
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
    const release = await tryFindRelease(getPool);
    response.type('html').send(show(page, release, './'));
  });
  app.use((_request, response) => {
    response.status(404).type('text').send('There is no such page.\n');
  });
  app.use(answerError(log));
  return app;
}

/** null: none is loaded, or SnoopDB is away, which the page itself says. */
async function tryFindRelease(getPool: () => Pool): Promise<string | null> {
  try {
    return await findFirstRelease(getPool());
  } catch {
    return null;
  }
}

/** SnoopDB may be opened again while this runs. */
function serveData(getPool: () => Pool): express.RequestHandler {
  const routes = new WeakMap<Pool, express.Router>();
  return (request, response, next) => {
    const pool = getPool();
    const known = routes.get(pool) ?? createDataRoutes(pool);
    routes.set(pool, known);
    known(request, response, next);
  };
}

function refuse(response: express.Response, { status, text }: Refusal): void {
  if (status === 405) response.set({ allow: 'GET, HEAD', connection: 'close' });
  response.status(status).type('text').send(`${text}\n`);
}

function checkAccess(rules: AccessRules): express.RequestHandler {
  return (request, response, next) => {
    const refusal = checkRequest(request, rules);
    if (refusal === null) next();
    else refuse(response, refusal);
  };
}

/** The link with the token sets the cookie that all other requests need. */
function signIn(rules: AccessRules): express.RequestHandler {
  const { gate } = rules;
  if (gate === null) return (_request, _response, next) => next();
  return (request, response, next) => {
    const url = readUrl(request.originalUrl);
    const token = url?.searchParams.get('token') ?? null;
    if (url !== null && token !== null && gate.isToken(token)) {
      url.searchParams.delete('token');
      response.set({ 'set-cookie': gate.formatCookie(), 'cache-control': 'no-store' });
      // A URL that begins with two slashes names another host.
      response.redirect(303, url.pathname.replace(/^\/+/, '/') + url.search);
      return;
    }
    const refusal = checkCookie(request, rules);
    if (refusal === null) return next();
    const { 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = request.headers;
    // After a link on another site, browsers leave out the cookie even if it was set by this redirect.
    if (mode === 'navigate' && site !== 'none' && site !== 'same-origin') {
      response.set('cache-control', 'no-store').status(401).type('html');
      response.send(
        '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>snoop</title>\n',
      );
      return;
    }
    refuse(response, refusal);
  };
}

/** null: not a URL, such as `/\[`. */
function readUrl(target: string): URL | null {
  const [path, base] = [target.replace(/^\/+/, '/'), 'http://page'];
  return URL.canParse(path, base) ? new URL(path, base) : null;
}

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

/** A malformed path, a missing file, or a fault of this program. */
function answerError(log: (text: string) => void): express.ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    const isOurs = !(status >= 400 && status < 500);
    if (isOurs) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    response.status(isOurs ? 500 : 404).type('text');
    response.send(isOurs ? 'This page cannot be shown; the log of snoop ui says why.\n' : 'There is no such page.\n');
  };
}
