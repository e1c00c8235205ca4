import { connect, createServer } from 'node:net';
import { request as requestHttp } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { command as ui } from '../../src/cli/ui.ts';
import { livePath } from '../../src/ui/live/messages.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { openRelay } from '../support/relay.ts';
import { type RunningCommand, startCommand } from '../support/running-command.ts';
import { openLivePage, storeEvents } from './hub/live-pages.ts';
import type { Pool } from '@snoop/snoopdb';

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  await loadSmallReleases(pool);
});

interface RunningPage extends RunningCommand {
  /** What it printed. */
  readonly printed: string;
  readonly port: number;
}

async function startUi(args: readonly string[] = [], { database = url } = {}): Promise<RunningPage> {
  const port = args.includes('--listen') || args.includes('--port') ? [] : ['--port', '0'];
  const running = await startCommand(ui, ['--database-url', database, ...port, ...args]);
  await Promise.race([running.ended, expect.poll(running.stdout, { timeout: 30_000 }).toContain('\n')]);
  const printed = running.stdout().trim();
  return { ...running, printed, port: Number(new URL(printed).port) };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request with headers that `fetch` does not allow. */
function send(port: number, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = requestHttp({ host: '127.0.0.1', port, path, ...options }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => {
        body += part.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Tries to open the WebSocket. @returns the status of the refusal; 101: it was opened */
function tryLive(port: number, headers: Record<string, string>, path = `/${livePath}`): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

test('prints its address, serves the page from loopback, and ends', async () => {
  const { printed, port, end } = await startUi();
  expect(printed).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(await send(port, '/')).toMatchObject({ status: 302, headers: { location: '1.36.0/coverage.html' } });
  const page = await send(port, '/live.html');
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  const live = await openLivePage(printed);
  expect(await end()).toBe(0);
  await expect.poll(() => live.socket.readyState).toBe(WebSocket.CLOSED);
  await expect(send(port, '/')).rejects.toThrow('ECONNREFUSED');
});

describe('attacks', () => {
  const everything = ['/', '/live.html', '/1.36.0/coverage.html', '/data/releases.json', '/assets/x.js', '/nothing'];

  test('DNS rebinding: a page with its own name cannot read anything', async () => {
    const running = await startUi();
    for (const path of everything) {
      const { status, body } = await send(running.port, path, { headers: { host: `evil.example:${running.port}` } });
      expect([path, status, body]).toEqual([path, 421, 'Open this page by the address that snoop ui printed.\n']);
    }
    const host = `evil.example:${running.port}`;
    expect(await tryLive(running.port, { host, origin: `http://${host}` })).toBe(421);
  });

  test('pages of other sites cannot read anything, nor open the WebSocket', async () => {
    const running = await startUi();
    for (const origin of ['http://evil.example', 'null', `http://localhost:${running.port}`, 'http://127.0.0.1:1']) {
      const read = await send(running.port, '/data/releases.json', { headers: { origin } });
      expect([origin, read.status, read.headers['access-control-allow-origin']]).toEqual([origin, 403, undefined]);
      expect(await tryLive(running.port, { origin })).toBe(403);
    }
    expect(await tryLive(running.port, {})).toBe(403);
    expect(await tryLive(running.port, { origin: `http://127.0.0.1:${running.port}` })).toBe(101);
    expect(await tryLive(running.port, { origin: `http://127.0.0.1:${running.port}` }, '/data/other')).toBe(404);
  });

  test('no request changes anything', async () => {
    const running = await startUi();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      for (const path of everything) {
        const { status, headers } = await send(running.port, path, { method });
        expect([method, path, status, headers.allow]).toEqual([method, path, 405, 'GET, HEAD']);
      }
    }
  });

  test('odd paths show nothing', async () => {
    const running = await startUi();
    for (const path of [
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/../../package.json',
      '/..%00/live.html',
      '/%00',
      '/%E0%A4%A',
      `/${'x'.repeat(10_000)}`,
      '/<script>alert(1)</script>.html',
      '/1.36.0/%3Cscript%3E.html',
      '/99.99/coverage.html',
      '//evil.example/%2e%2e',
      '/data/../../package.json',
    ]) {
      const { status, body } = await send(running.port, path);
      expect([path, status]).toEqual([path, 404]);
      expect(body).not.toMatch(/<script|"name"|at file/);
    }
  });

  test('headers are limited in size', async () => {
    const running = await startUi();
    expect(await send(running.port, '/', { headers: { 'x-long': 'x'.repeat(20_000) } })).toMatchObject({ status: 431 });
  });

  test('what is not HTTP is answered and closed', async () => {
    const running = await startUi();
    const socket = connect(running.port, '127.0.0.1');
    const received = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (part) => {
        text += part.toString();
      });
      socket.on('close', () => resolve(text));
    });
    socket.write('\u0016\u0003\u0001 hello\r\n\r\n');
    expect(await received).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('with a token', () => {
  const token = 'a-token-of-some-length';

  async function startWithToken(): Promise<RunningPage> {
    const file = join(await makeFolder(), 'token');
    await writeFile(file, `${token}\n`);
    return startUi(['--listen', '127.0.0.1:0', '--token-file', file]);
  }

  test('the printed link sets a cookie and leads to the address without the token', async () => {
    const { printed, port, stderr } = await startWithToken();
    expect(printed).toBe(`http://127.0.0.1:${port}/?token=${token}`);
    const linked = await send(port, `/live.html?token=${token}&all=1`);
    expect(linked).toMatchObject({ status: 303, headers: { location: '/live.html?all=1' } });
    const [set = ''] = linked.headers['set-cookie'] ?? [];
    expect(set).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    const [cookie = ''] = set.split(';');
    expect((await send(port, '/live.html', { headers: { cookie } })).status).toBe(200);
    expect((await send(port, '/data/releases.json', { headers: { cookie } })).status).toBe(200);
    const origin = `http://127.0.0.1:${port}`;
    expect(await tryLive(port, { origin, cookie })).toBe(101);
    expect(await tryLive(port, { origin: 'http://evil.example', cookie })).toBe(403);
    expect(stderr()).not.toContain(token);
  });

  test('nothing is shown without it, or with a wrong one', async () => {
    const { port } = await startWithToken();
    for (const path of ['/', '/live.html', '/data/releases.json', '/assets/x.js', '/?token=', '/?token=wrong']) {
      const { status, body, headers } = await send(port, path);
      expect([path, status, body]).toEqual([path, 401, 'Open the link with the token that snoop ui printed.\n']);
      expect(headers['set-cookie']).toBeUndefined();
    }
    const origin = `http://127.0.0.1:${port}`;
    expect(await tryLive(port, { origin })).toBe(401);
    expect(await tryLive(port, { origin, cookie: 'snoop-ui-00000000=x' })).toBe(401);
    expect(await tryLive(port, { origin }, `/${livePath}?token=${token}`)).toBe(401);
  });

  test('a link cannot lead to another site', async () => {
    const { port } = await startWithToken();
    for (const path of ['//evil.example/', '/\\evil.example/', '/.//evil.example/', '///evil.example']) {
      const { headers } = await send(port, `${path}?token=${token}`);
      const to = new URL(String(headers.location ?? '/'), `http://127.0.0.1:${port}/`);
      expect([path, to.host]).toEqual([path, `127.0.0.1:${port}`]);
    }
  });

  test('after a link on another site, the page is loaded once more, from this one', async () => {
    const { port } = await startWithToken();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const { status, body } = await send(port, '/live.html', { headers });
    expect(status).toBe(401);
    expect(body).toContain('http-equiv="refresh"');
    const again = await send(port, '/live.html', { headers: { ...headers, 'sec-fetch-site': 'same-origin' } });
    expect(again.body).toBe('Open the link with the token that snoop ui printed.\n');
  });
});

describe('wrong use', () => {
  test('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { ended } = await startCommand(ui, ['--database-url', url, '--port', port]);
    await expect(ended).rejects.toMatchObject({
      code: 'port_in_use',
      exitCode: 2,
      message: `The page cannot be served on port ${port} of 127.0.0.1: listen EADDRINUSE: address already in use 127.0.0.1:${port}.`,
    });
  });

  test('an address that others can reach, without a token', async () => {
    const { ended } = await startCommand(ui, ['--listen', '0.0.0.0:9909']);
    await expect(ended).rejects.toMatchObject({
      exitCode: 2,
      message: '--listen 0.0.0.0:9909 needs --token-file FILE, since other machines can reach that address.',
    });
  });
});

describe('SnoopDB', () => {
  test('does not answer: the page says so, and draws when it does', async () => {
    const { hostname, port: databasePort } = new URL(url);
    const relay = await openRelay({ host: hostname, port: Number(databasePort) });
    const through = new URL(url);
    through.port = String(relay.port);
    await relay.cut();
    const { port, printed } = await startUi([], { database: through.href });
    const { status, body } = await send(port, '/data/releases.json');
    expect(status).toBe(503);
    const address = `127.0.0.1:${relay.port}${through.pathname}`;
    expect(JSON.parse(body)).toMatchObject({
      code: 'database_away',
      message: expect.stringContaining(`SnoopDB at ${address} does not answer.`),
    });
    expect(await send(port, '/')).toMatchObject({ status: 302, headers: { location: 'live.html' } });
    expect((await send(port, '/live.html')).status).toBe(200);
    const live = await openLivePage(printed);
    const lastStatus = () => live.messages.findLast((message) => message.kind === 'status')?.database;
    await expect.poll(lastStatus).toMatchObject({ state: 'away', reason: `SnoopDB at ${address} does not answer.` });
    await relay.open();
    await expect.poll(lastStatus, { timeout: 20_000 }).toEqual({ state: 'following', note: null });
    await storeEvents(pool, ['drawn']);
    await expect.poll(() => live.auditIds).toEqual(['drawn']);
    expect((await send(port, '/data/releases.json')).status).toBe(200);
    await relay.cut();
  });

  test('has a schema of another version: the page says what to do, and draws when it is replaced', async () => {
    const other = await makeDatabase();
    await loadSmallReleases(other.pool);
    const { rows } = await other.pool.query('select digest from public.snoopdb_migration where version = 5');
    await other.pool.query("update public.snoopdb_migration set digest = 'of another version' where version = 5");
    const { port } = await startUi([], { database: other.url });
    const answer = await send(port, '/data/releases.json');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'schema_differs',
      message: expect.stringMatching(/0005.* differs\) and cannot be migrated\. Delete it with 'snoop down --purge'/),
    });
    await other.pool.query('update public.snoopdb_migration set digest = $1 where version = 5', [rows[0]?.digest]);
    await expect.poll(async () => (await send(port, '/data/releases.json')).status, { timeout: 20_000 }).toBe(200);
  });
});
