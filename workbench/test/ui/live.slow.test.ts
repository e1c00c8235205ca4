import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { createEventWriter, type Pool } from '@snoop/snoopdb';
import type { Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { command as ui } from '../../src/cli/ui.ts';
import { makeDatabase } from '../support/database.ts';
import { openRelay } from '../support/relay.ts';
import { type RunningCommand, startCommand } from '../support/running-command.ts';
import { expectAccessible, expectNoOverflow, needBrowser, openPage, savePicture } from './support/browser.ts';

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  await loadSmallReleases(pool);
});

async function startUi(database = url, port = '0'): Promise<RunningCommand & { readonly address: string }> {
  const running = await startCommand(ui, ['--database-url', database, '--port', port]);
  await Promise.race([running.ended, expect.poll(running.stdout, { timeout: 30_000 }).toContain('\n')]);
  return { ...running, address: running.stdout().trim() };
}

interface Sent {
  readonly id: string;
  readonly agent?: string;
  readonly uri?: string;
  readonly verb?: string;
  readonly code?: number;
}

const pods = '/api/v1/namespaces/default/pods';

async function send(requests: readonly Sent[]): Promise<void> {
  const items = requests.map(({ id, agent = 'kubectl/v1.36', uri = `${pods}/x`, verb = 'delete', code = 200 }) => ({
    ...{ level: 'Metadata', auditID: id, stage: 'ResponseComplete', requestURI: uri, verb, userAgent: agent },
    user: { username: 'tester' },
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: '2026-11-21T10:00:00.000000Z',
    stageTimestamp: '2026-11-21T10:00:00.004000Z',
  }));
  const writer = createEventWriter(pool, { source: 'a cluster' });
  await writer.write(
    Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })),
  );
  await writer.close();
}

/** The cells of the table of events, without rows that only take room. */
function readEvents(page: Page): Promise<string[][]> {
  return page
    .locator('[aria-label^="Audit events"] tbody tr:not([aria-hidden])')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').trim())));
}

const readNumber = async (page: Page, name: string): Promise<string | null> =>
  page.locator('.numbers div', { hasText: name }).locator('dd').textContent();

async function awaitStatus(page: Page, text: RegExp): Promise<void> {
  await expect.poll(() => page.locator('main .status').textContent(), { timeout: 30_000 }).toMatch(text);
}

test('shows events as they are committed, lights arcs up, and keeps its state in the URL', async (context) => {
  needBrowser(context);
  const { address } = await startUi();
  const { page, problems } = await openPage();
  await page.goto(`${address}live.html`);
  await awaitStatus(page, /Following SnoopDB/);
  await send([
    { id: 'own', agent: 'kubelet/v1.36' },
    { id: 'one', agent: 'live-test-writing -- Pod <b>lifecycle</b> \u202e😀' },
    { id: 'two', uri: '/nowhere', verb: 'get', code: 404 },
  ]);
  await expect
    .poll(() => readEvents(page))
    .toEqual([
      ['10:00:00.004', '404', 'get', '/nowhere (non-resource path)', 'kubectl/v1.36', ''],
      [
        ...['10:00:00.004', '200', 'delete', 'deleteCoreV1NamespacedPod'],
        ...['Pod <b>lifecycle</b> \u202e😀', 'untested until now'],
      ],
    ]);
  expect(await readNumber(page, 'Events')).toBe('2');
  expect(await readNumber(page, 'Newly hit')).toBe('1');
  expect(await page.locator('path.lit').count()).toBeGreaterThan(0);
  await expect.poll(() => page.locator('path.lit').count(), { timeout: 20_000 }).toBe(0);

  await page.getByLabel('Also the cluster itself and snoop').check();
  await expect.poll(async () => (await readEvents(page)).length).toBe(3);
  await page.getByRole('searchbox', { name: 'Filter' }).fill('kubelet');
  await expect.poll(async () => (await readEvents(page)).map(([, , , , by]) => by)).toEqual(['kubelet/v1.36']);
  expect(new URL(page.url()).search).toBe('?all=1&filter=kubelet');
  await page.reload();
  await expect.poll(async () => (await readEvents(page)).map(([, , , , by]) => by)).toEqual(['kubelet/v1.36']);
  await page.getByRole('button', { name: 'Close table' }).click();
  await expect.poll(() => page.getByRole('button', { name: 'Open table' }).count()).toBe(1);
  await page.goBack();
  await expect.poll(async () => (await readEvents(page)).length).toBe(1);
  expect(problems).toEqual([]);
});

test('a paused table stands still; the numbers go on', async (context) => {
  needBrowser(context);
  const { address } = await startUi();
  const { page } = await openPage();
  await page.goto(`${address}live.html`);
  await awaitStatus(page, /Following SnoopDB/);
  await send([{ id: 'p1' }]);
  await expect.poll(async () => (await readEvents(page)).length).toBe(1);
  await page.getByRole('button', { name: 'Pause' }).click();
  await send([{ id: 'p2' }, { id: 'p3' }]);
  await expect.poll(() => readNumber(page, 'Events')).toBe('3');
  expect(await readEvents(page)).toHaveLength(1);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(async () => (await readEvents(page)).length).toBe(3);
});

test('SnoopDB and the server go away and come back: the page says so, and misses nothing', async (context) => {
  needBrowser(context);
  const { hostname, port } = new URL(url);
  const relay = await openRelay({ host: hostname, port: Number(port) });
  onTestFinished(() => relay.cut());
  const through = new URL(url);
  through.port = String(relay.port);
  const first = await startUi(through.href);
  const { page } = await openPage();
  await page.goto(`${first.address}live.html`);
  await awaitStatus(page, /Following SnoopDB/);
  await send([{ id: 'a1' }]);
  await expect.poll(() => readNumber(page, 'Events')).toBe('1');
  await relay.cut();
  await awaitStatus(page, /SnoopDB (does not answer|is away).*continues by itself/s);
  await send([{ id: 'a2' }]);
  await relay.open();
  await awaitStatus(page, /Following SnoopDB/);
  await expect.poll(() => readNumber(page, 'Events')).toBe('2');

  await first.end();
  await awaitStatus(page, /The connection to snoop ui is lost/);
  await startUi(through.href, new URL(first.address).port);
  await awaitStatus(page, /Following SnoopDB/);
  await send([{ id: 'a3' }]);
  // A new server counts anew.
  await expect.poll(() => readNumber(page, 'Events')).toBe('1');
});

test('two pages, one with other wishes', async (context) => {
  needBrowser(context);
  const { address } = await startUi();
  const [one, two] = await Promise.all([openPage(), openPage()]);
  await one.page.goto(`${address}live.html`);
  await two.page.goto(`${address}live.html?all=1&untested=1`);
  for (const { page } of [one, two]) await awaitStatus(page, /Following SnoopDB/);
  await send([{ id: 't1', agent: 'kubelet/v1.36' }, { id: 't2' }, { id: 't3', uri: '/nowhere', code: 404 }]);
  await expect.poll(async () => (await readEvents(one.page)).length).toBe(2);
  await expect
    .poll(async () => (await readEvents(two.page)).map(([, , , , by]) => by))
    .toEqual(['kubectl/v1.36', 'kubelet/v1.36']);
});

test.for(['light', 'dark'] as const)('is accessible in %s, and fits', async (colorScheme, context) => {
  needBrowser(context);
  const { address } = await startUi();
  const { page, problems } = await openPage({ colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${address}live.html?all=1`);
  await awaitStatus(page, /Following SnoopDB/);
  await send([
    { id: `${colorScheme} 1` },
    { id: `${colorScheme} 2`, uri: `/${'x'.repeat(2000)}`, verb: 'get', code: 404 },
  ]);
  await expect.poll(async () => (await readEvents(page)).length).toBe(2);
  await expectAccessible(page);
  await savePicture(page, `live-${colorScheme}`);
  await expectNoOverflow(page);
  await page.setViewportSize({ width: 390, height: 900 });
  await savePicture(page, `live-${colorScheme}-390`);
  expect(problems).toEqual([]);
});
