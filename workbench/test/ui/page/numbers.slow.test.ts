import {
  askCoverage,
  askEndpoint,
  askHits,
  askProgress,
  askRunCoverage,
  askUntested,
  listAgents,
  listRuns,
  type Pool,
} from '@snoop/snoopdb';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createReport } from '../../../src/report/report.ts';
import { makeDatabase } from '../../support/database.ts';
import { needBrowser, openPage } from '../support/browser.ts';
import {
  countRows,
  loadShipped,
  releases,
  runs,
  servePages,
  serveSite,
  show,
  readText,
} from '../support/served-pages.ts';

let pool: Pool;
const urls = { ui: '', site: '' };
beforeAll(async () => {
  ({ pool } = await makeDatabase());
  await loadShipped(pool);
  urls.ui = await servePages(() => pool);
  urls.site = await serveSite(pool);
});

/** The page's facts by their names. */
async function readFacts(page: Page): Promise<Map<string, string>> {
  const [names, values] = [page.locator('main dt'), page.locator('main dd')];
  const texts = await values.allInnerTexts();
  return new Map((await names.allInnerTexts()).map((name, index) => [name, texts[index]?.trim() ?? '']));
}

/** The number of a tab or a legend: `(101)`, `untested 243`. */
async function readNumber(page: Page, role: 'link' | 'button', name: RegExp): Promise<number> {
  const text = await readText(page.locator('main').getByRole(role, { name }).first());
  return Number(/\d+/.exec(text.replaceAll(/\d+\.\d+\.\d+/g, ''))?.[0]);
}

describe.each(['ui', 'site'] as const)('snoop %s', (of) => {
  test.for(releases)('the numbers of Coverage and Lists of %s are those of the questions', async (release, context) => {
    needBrowser(context);
    const { page } = await openPage();
    const { total } = await askCoverage(pool, release);
    await show(page, `${urls[of]}${release}/coverage.html`);
    const facts = [...(await readFacts(page))].map(([name, value]) => [name, Number.parseInt(value, 10)]);
    const untested = await askUntested(pool, { release, level: 'any', eligibleOnly: false });
    expect(Object.fromEntries(facts)).toMatchObject({
      ...{ endpoints: total.endpoints, tested: total.tested, 'conformance tested': total.confTested },
      ...{ eligible: total.eligible, 'of them conformance tested': total.eligibleTested },
      untested: untested.endpoints.length,
    });
    expect(await countRows(page)).toBe(total.endpoints);
    expect(await page.locator('.arcs path[data-key*="/"][data-key*="/"]').count()).toBeGreaterThan(total.endpoints);
    for (const [name, count] of [
      ['untested', untested.endpoints.length],
      ['conformance tested', total.confTested],
    ] as const) {
      await page.getByRole('definition').or(page.locator('dt')).getByRole('link', { name, exact: true }).click();
      await expect.poll(() => countRows(page), { message: name }).toBe(count);
      await page.goBack();
    }
    await show(page, `${urls[of]}${release}/lists.html`);
    for (const name of [/^Ineligible/, /^Pending/, /^Stale/]) {
      const count = await readNumber(page, 'link', name);
      await page.locator('main').getByRole('link', { name }).click();
      await expect.poll(() => countRows(page), { message: String(name) }).toBe(count);
    }
  });

  test('each bar of Progress has its number, and its table as many rows', async (context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, `${urls[of]}1.36.0/progress.html`);
    const line = (await askProgress(pool)).releases.findLast((one) => one.newTested > 0 && one.oldTested > 0);
    if (line === undefined) throw new Error('There is no such release.');
    const bars: Record<string, number> = { 'new-tested': line.newTested, 'old-newly-tested': line.oldTested };
    for (const [part, count] of Object.entries(bars)) {
      const bar = page.locator(`rect[data-release="${line.release}"][data-part="${part}"]`);
      expect(Number(await bar.getAttribute('data-count')), part).toBe(count);
      await bar.click();
      const table = page.getByRole('region', { name: 'The endpoints of a bar' });
      await expect.poll(() => countRows(table), { message: part }).toBe(count);
    }
    const cells = page
      .getByRole('region', { name: 'Conformance progress by release' })
      .getByRole('row', { name: new RegExp(`^${line.release}`) });
    const shown = (await cells.locator('td, th').allInnerTexts()).join(' ');
    expect(shown).toContain([line.release, line.total, line.totalTested].join(' '));
    expect(shown).toContain([line.newEndpoints, line.newTested, line.testedByOld].join(' '));
  });

  test.for(releases)('an endpoint of %s has the tests of snoop endpoint', async (release, context) => {
    needBrowser(context);
    const { page } = await openPage();
    const endpoint = 'createCoreV1NamespacedPod';
    const answer = await askEndpoint(pool, endpoint, release);
    await show(page, `${urls[of]}${release}/endpoint.html?endpoint=${endpoint}`);
    const tests = page.locator('section', { has: page.locator('caption', { hasText: 'test' }) }).first();
    expect(await tests.locator('table').getAttribute('aria-rowcount')).toBe(String((answer?.tests.length ?? -2) + 1));
    expect((await readFacts(page)).get('Request')).toBe(`${answer?.method} ${answer?.path}`);
  });
});

test('Agents and Runs have the numbers of the questions', async (context) => {
  needBrowser(context);
  const { page } = await openPage();
  await show(page, `${urls.ui}agents.html`);
  const agents = await listAgents(pool);
  expect(await countRows(page)).toBe(agents.length);
  const [first] = agents;
  if (first === undefined) throw new Error('No agent was seen.');
  await show(page, `${urls.ui}agents.html?agent=${encodeURIComponent(first.agent)}`);
  const { summary } = await askHits(pool, first.agent);
  expect(await countRows(page)).toBe(summary.endpoints);
  for (const mark of ['beta', 'deprecated', 'untested'] as const) {
    expect(await readNumber(page, 'link', new RegExp(`^${mark}`)), mark).toBe(summary[mark]);
  }
  await show(page, `${urls.ui}runs.html`);
  expect(await countRows(page)).toBe((await listRuns(pool, 100)).length);
  await show(page, `${urls.ui}runs.html?run=${runs.ofTests}`);
  const report = createReport(await askRunCoverage(pool, runs.ofTests));
  const text = await readText(page.locator('main'));
  for (const { name } of report.tests) expect(text).toContain(name);
  const sent = (await askRunCoverage(pool, runs.ofTests)).evidence.sent;
  expect(text).toContain(`${sent} requests`);
});
