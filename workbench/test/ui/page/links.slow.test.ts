import { importRun } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeDatabase } from '../../support/database.ts';
import { makeRunDocument } from '../../support/made-run.ts';
import { expectNoOverflow, needBrowser, openPage } from '../support/browser.ts';
import {
  countRows,
  expectNoBrokenText,
  servePages,
  serveSite,
  show,
  waitUntilShown,
  readText,
} from '../support/served-pages.ts';

const hostile = '<img src=x onerror="window.hit=1">\u202egnp.exe 👩‍🚀 "\'&amp;';
const urls = { ui: '', site: '' };
beforeAll(async () => {
  const { pool } = await makeDatabase();
  await loadSmallReleases(pool);
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit)
     values ('1.36.0', 'coverage file', 'getCodeVersion', 'e2e.test', $1, true, false)`,
    [hostile],
  );
  await pool.query(
    `insert into public.endpoint_hit (release, source, endpoint, useragent, test, test_hit, conf_test_hit, first_seen_at)
     values ('1.36.0', $1, 'readCoreV1NamespacedPod', $1, null, false, false, '2026-04-01T00:00:00Z')`,
    [hostile],
  );
  const document = makeRunDocument({ tests: [{ name: hostile, file: `${hostile}.live.ts`, error: hostile }] });
  await importRun(pool, 'a test', document);
  urls.ui = await servePages(() => pool);
  urls.site = await serveSite(pool);
});

const odd = ['%00', '%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'x'.repeat(10_000), '%E0%A4%A', '__proto__', '%F0%9F%99%82'];
const oddPages = [
  '1.36.0/coverage.html?zoom=',
  '1.36.0/coverage.html?q=',
  '1.36.0/coverage.html?compare=',
  '1.36.0/coverage.html?state=',
  '1.36.0/endpoint.html?endpoint=',
  '1.36.0/test.html?test=',
  '1.36.0/lists.html?list=',
  '1.36.0/progress.html?part=all&of=',
];
const oddLivePages = [
  'agents.html?agent=',
  'agents.html?of=',
  'runs.html?run=',
  'runs.html?before=last&after=',
  'live.html?zoom=',
];

describe.each(['ui', 'site'] as const)('snoop %s', (of) => {
  test('an odd link shows a page with what is known, never a broken one', async (context) => {
    needBrowser(context);
    const { page, problems } = await openPage({ viewport: { width: 390, height: 900 } });
    for (const path of of === 'ui' ? oddLivePages : oddPages) {
      for (const value of odd) {
        await show(page, urls[of] + path + value);
        await expectNoBrokenText(page);
        expect(await page.locator('main script').count()).toBe(0);
        await expectNoOverflow(page, [390]);
      }
    }
    // Answers with a status of an error are what these links ask for.
    expect(problems.filter((text) => !/status of 40[04]/.test(text))).toEqual([]);
  });

  test('a link to an endpoint that another release has leads there', async (context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, `${urls[of]}1.35.0/endpoint.html?endpoint=listShopV1Widget`);
    await expect.poll(() => readText(page.locator('main'))).toContain('1.35.0 has no endpoint listShopV1Widget');
    await page.locator('main').getByRole('link', { name: '1.36.0', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'listShopV1Widget' }).waitFor();
    await show(page, `${urls[of]}1.35.0/coverage.html?zoom=stable/shop/Widget/listShopV1Widget`);
    expect(await readText(page.locator('main'))).toContain('Release 1.35.0 does not have');
  });

  test('back, forward and reload keep the state', async (context) => {
    needBrowser(context);
    const { page, problems } = await openPage();
    await show(page, `${urls[of]}1.36.0/coverage.html`);
    const counts = [await countRows(page)];
    await page.getByRole('button', { name: /^untested \d/ }).click();
    await page.waitForURL('**/coverage.html?state=untested');
    counts.push(await countRows(page));
    await page.getByRole('checkbox', { name: 'ineligible' }).check();
    await page.waitForURL(/ineligible=hide/);
    await page.getByRole('button', { name: 'Endpoint', exact: true }).click();
    await page.waitForURL(/sort=endpoint/);
    counts.push(await countRows(page));
    await page.reload();
    await waitUntilShown(page);
    expect(await countRows(page)).toBe(counts[2]);
    expect(await page.getByRole('columnheader', { name: 'Endpoint' }).getAttribute('aria-sort')).toBe('ascending');
    await page.goBack();
    await expect.poll(() => countRows(page)).toBe(counts[1]);
    await page.goBack();
    await expect.poll(() => countRows(page)).toBe(counts[0]);
    await page.goForward();
    await expect.poll(() => countRows(page)).toBe(counts[1]);
    await page.getByRole('link', { name: 'Progress' }).click();
    await page.getByRole('heading', { level: 1, name: 'Progress' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Coverage' }).waitFor();
    await expect.poll(() => countRows(page)).toBe(counts[1]);
    expect(problems).toEqual([]);
  });

  test('everything is reached by keyboard: the picture, the table and the search', async (context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, `${urls[of]}1.36.0/coverage.html`);
    await page.locator('svg[role=application]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/zoom=/);
    await page.locator('svg[role=application]').focus();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('zoom'));
    await page.locator('tbody a').first().focus();
    await page.keyboard.press('ArrowDown');
    const focused = await readText(page.locator('tr[data-index="1"] a').first());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: focused }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('pod log');
    await page.getByRole('option', { name: /readCoreV1NamespacedPodLog/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'readCoreV1NamespacedPodLog' }).waitFor();
  });

  test('hostile names are shown as text and break nothing', async (context) => {
    needBrowser(context);
    const { page, problems } = await openPage();
    const paths = [
      '1.36.0/test.html',
      `1.36.0/test.html?test=${encodeURIComponent(hostile)}`,
      '1.36.0/endpoint.html?endpoint=getCodeVersion',
    ];
    const live = [
      'agents.html',
      `agents.html?agent=${encodeURIComponent(hostile)}`,
      'runs.html?run=20261130-100000-abcdef',
      'runs.html',
    ];
    for (const path of of === 'ui' ? [...paths, ...live] : paths) {
      await show(page, urls[of] + path);
      if (path !== 'runs.html') expect(await readText(page.locator('main')), path).toContain('<img src=x onerror');
      expect(await page.locator('main img').count(), path).toBe(0);
      expect(await page.evaluate('window.hit'), path).toBeUndefined();
      const loose = `[...document.querySelectorAll('main *')].filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.data.includes('\\u202e')) &&
        !element.closest('bdi, pre, option, [class=hidden]')).map((element) => element.outerHTML)`;
      expect(await page.evaluate(loose), path).toEqual([]);
      await expectNoOverflow(page, [320, 1280]);
    }
    expect(problems).toEqual([]);
  });
});
