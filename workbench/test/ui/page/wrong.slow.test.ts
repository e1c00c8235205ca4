import { openPool, type Pool } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeDatabase } from '../../support/database.ts';
import { openRelay } from '../../support/relay.ts';
import { storeEvents } from '../hub/live-pages.ts';
import { needBrowser, openPage, savePicture } from '../support/browser.ts';
import { expectNoBrokenText, servePages, show, readText } from '../support/served-pages.ts';

let pool: Pool;
let url: string;
const urls = { small: '', empty: '' };
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  await loadSmallReleases(pool);
  const empty = await makeDatabase();
  urls.small = await servePages(() => pool);
  urls.empty = await servePages(() => empty.pool);
});

test('each page of an empty database says what to do', async (context) => {
  needBrowser(context);
  const { page } = await openPage();
  const ofRelease = ['coverage.html', 'endpoint.html?endpoint=x', 'test.html', 'lists.html', 'progress.html'];
  for (const path of [...ofRelease.map((name) => `1.36.0/${name}`), 'agents.html', 'runs.html', 'live.html']) {
    await show(page, urls.empty + path);
    await expectNoBrokenText(page);
    expect((await readText(page.locator('main'))).length, path).toBeGreaterThan(60);
    await savePicture(page, `empty-${path.replaceAll(/\W+/g, '-')}`);
  }
});

test('a release without coverage and lists names each gap and shows no 0 % that means unknown', async (context) => {
  needBrowser(context);
  const { page } = await openPage();
  await show(page, `${urls.small}1.34.0/coverage.html`);
  const text = await readText(page.locator('main'));
  expect(text).toContain('No coverage of this release is loaded: what its tests hit is unknown.');
  expect(text).not.toMatch(/\b0 ?%/);
  expect(await page.locator('main dd', { hasText: 'unknown' }).count()).toBeGreaterThan(2);
  await expectNoBrokenText(page);
  await savePicture(page, 'without-coverage');
  await show(page, `${urls.small}1.35.0/coverage.html`);
  expect(await readText(page.locator('main'))).toContain('Its coverage is incomplete: its totals lie.');
  for (const path of ['1.34.0/lists.html', '1.34.0/test.html', '1.34.0/endpoint.html?endpoint=getCodeVersion']) {
    await show(page, urls.small + path);
    await expectNoBrokenText(page);
    expect(await readText(page.locator('main')), path).not.toMatch(/\b0 ?%/);
  }
});

test('pages say that SnoopDB is away and mend themselves, each event once, in two browsers and after sleep', async (context) => {
  needBrowser(context);
  const { hostname, port } = new URL(url);
  const relay = await openRelay({ host: hostname, port: Number(port) });
  const through = new URL(url);
  through.port = String(relay.port);
  const relayed = openPool(through.href, { applicationName: 'vitest', max: 4 });
  relayed.on('error', () => {});
  onTestFinished(() => relayed.end());
  const served = await servePages(() => relayed, onTestFinished);
  const [one, other] = [await openPage(), await openPage()];
  for (const { page } of [one, other]) {
    await show(page, `${served}live.html?all=1`);
    await page.getByText('Following SnoopDB.').waitFor();
  }
  const requests = (page: typeof one.page) => readText(page.locator('dl.numbers dd').first());
  await storeEvents(pool, ['first']);
  for (const { page } of [one, other]) await expect.poll(() => requests(page)).toBe('1');

  await other.page.context().setOffline(true);
  await relay.cut();
  await one.page
    .getByText(/does not answer|away|terminated|ECONN/)
    .first()
    .waitFor({ timeout: 30_000 });
  await savePicture(one.page, 'live-away');
  await storeEvents(pool, ['second', 'third']);
  await relay.open();
  for (const { page } of [one, other]) {
    await page.context().setOffline(false);
    await expect.poll(() => requests(page), { timeout: 30_000 }).toBe('3');
    await page.getByText('Following SnoopDB.').waitFor({ timeout: 30_000 });
    expect(await page.locator('section[aria-label^="Audit events"] tbody tr').count()).toBe(3);
  }
});
