import { readFile } from 'node:fs/promises';
import {
  askCoverage,
  askUntested,
  compareDataSets,
  loadBaseline,
  type Pool,
  readReleaseDataSet,
  SnoopDbError,
  useBaseline,
} from '@snoop/snoopdb';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeDatabase } from '../support/database.ts';
import { expectAccessible, expectNoOverflow, needBrowser, openPage, savePicture } from './support/browser.ts';
import { type ServedPage, servePage } from './support/served-page.ts';

let pool: Pool;
let served: ServedPage;
/** What SnoopDB is replaced with; null: it answers. */
let outage: SnoopDbError | null = null;

beforeAll(async () => {
  ({ pool } = await makeDatabase());
  for (const release of ['1.33.0', '1.34.0', '1.35.0', '1.36.0']) await loadBaseline(pool, release);
  await useBaseline(pool, '1.36.0');
  // A release whose endpoints are all that is loaded.
  await pool.query(`delete from public.endpoint_hit where release = '1.33.0'`);
  await pool.query(`update public.release_data set coverage_origin = null, incomplete = null where release = '1.33.0'`);
  served = await servePage(() => {
    if (outage !== null) throw outage;
    return pool;
  });
});
afterAll(() => served?.close());
beforeEach(needBrowser);

async function open(
  path: string,
  options?: Parameters<typeof openPage>[0],
): Promise<{ page: Page; problems: string[] }> {
  const opened = await openPage(options);
  await opened.page.goto(served.url + path);
  await opened.page.waitForSelector('main h1');
  return opened;
}

/** The numbers beside the picture, by their titles. */
async function readNumbers(page: Page): Promise<Record<string, string>> {
  const titles = await page.locator('main dl.numbers dt').allTextContents();
  const values = await page.locator('main dl.numbers dd').allTextContents();
  return Object.fromEntries(titles.map((title, place) => [title.trim(), values[place]?.trim() ?? '']));
}

async function readLegend(page: Page): Promise<Record<string, number>> {
  const texts = await page.locator('ul[aria-label^=Legend] button').allTextContents();
  return Object.fromEntries(
    texts.map((text) => [text.replace(/\d+\s*$/, '').trim(), Number(/\d+\s*$/.exec(text)?.[0])]),
  );
}

/** A busy machine draws late. */
const waiting = { timeout: 30_000 };
const countPaths = (page: Page, name: string): Promise<number> => page.locator(`svg path.${name}`).count();
const search = (page: Page): string => new URL(page.url()).search;
const main = (page: Page): Promise<string | null> => page.locator('main').textContent();

test.each(['1.34.0', '1.35.0', '1.36.0'])('the numbers of %s are those of the questions', async (release) => {
  const { page, problems } = await open(`${release}/coverage.html`);
  await page.waitForSelector('svg path.conformance');
  const { total } = await askCoverage(pool, release);
  const { endpoints: untested } = await askUntested(pool, { release, level: 'any', eligibleOnly: false });
  const numbers = await readNumbers(page);
  const leading = Object.fromEntries(
    Object.entries(numbers).map(([title, text]) => [title, Number.parseInt(text, 10)]),
  );
  expect(leading).toMatchObject({
    endpoints: total.endpoints,
    tested: total.tested,
    'conformance tested': total.confTested,
    untested: untested.length,
    eligible: total.eligible,
    'of them conformance tested': total.eligibleTested,
  });
  const legend = await readLegend(page);
  expect(legend['conformance tested']).toBe(total.confTested);
  expect((legend.untested ?? 0) + (legend['untested, ineligible'] ?? 0)).toBe(untested.length);
  await page.getByRole('link', { name: 'untested', exact: true }).click();
  await page.getByText(`${untested.length} endpoints`, { exact: true }).first().waitFor();
  expect(await page.locator('table').getAttribute('aria-rowcount')).toBe(String(untested.length + 1));
  expect(problems).toEqual([]);
});

test('zooms by click and keyboard, keeps filters, and goes back', async () => {
  const { page, problems } = await open('1.36.0/coverage.html?q=pod&sort=-tests');
  const stable = page.locator('path[data-key="stable"]');
  const box = await stable.boundingBox();
  await stable.click({ position: { x: (box?.width ?? 0) / 2 + 15, y: 14 } });
  await vi.waitFor(() => expect(search(page)).toBe('?q=pod&sort=-tests&zoom=stable'), waiting);
  await page.locator('svg[role=application]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Selected endpoint' }).waitFor();
  const readZoom = (): string => new URL(page.url()).searchParams.get('zoom') ?? '';
  const zoom = readZoom();
  expect(zoom.split('/')).toHaveLength(4);
  await page.keyboard.press('Escape');
  await vi.waitFor(() => expect(readZoom()).toBe(zoom.split('/').slice(0, 3).join('/')), waiting);
  await page.goBack();
  await vi.waitFor(() => expect(readZoom()).toBe(zoom), waiting);
  await page.goForward();
  await page.reload();
  await page.waitForSelector('nav[aria-label=Zoom] [aria-current]');
  expect(await page.locator('nav[aria-label=Zoom] li').count()).toBe(4);
  await page.getByLabel('Release').first().selectOption('1.35.0');
  await page.getByText('Endpoints of Kubernetes 1.35.0').first().waitFor();
  expect(search(page)).toContain('q=pod&sort=-tests&zoom=stable');
  await page.getByRole('link', { name: 'Remove filters' }).click();
  await vi.waitFor(() => expect(search(page)).not.toContain('q=pod'), waiting);
  expect(problems).toEqual([]);
});

test('points at an arc and at its row together', async () => {
  const { page } = await open('1.36.0/coverage.html?zoom=stable/core/Pod');
  await page.locator('path[data-key="stable/core/Pod/readCoreV1NamespacedPod"]').hover();
  await page.locator('tr.marked', { hasText: 'readCoreV1NamespacedPod' }).waitFor();
  expect(await countPaths(page, 'related')).toBe(1);
  await page.locator('tr', { hasText: 'listCoreV1NamespacedPod' }).hover();
  await page.locator('path.related[data-key$="listCoreV1NamespacedPod"]').waitFor();
});

test.each([
  ['zoom=stable/core/Gone/readGone', 'Release 1.36.0 does not have Gone.'],
  ['zoom=stable/core/Pod/readCoreV1NamespacedPod&verb=list', 'The filters hide readCoreV1NamespacedPod.'],
  ['q=nothing-is-named-so', 'No endpoint passes the filters.'],
  [`zoom=${'x'.repeat(10_000)}`, 'does not have xxx'],
  ['zoom=%00%2F%3Cscript%3E&state=%00', 'Release 1.36.0 does not have'],
  ['q=%3Cscript%3Ealert(1)%3C/script%3E', 'No endpoint passes the filters.'],
  ['compare=9.9.9', 'Release 9.9.9 is not loaded'],
  ['compare=%3Cscript%3E', 'not a release'],
])('says what ?%.60s does not find', async (query, sentence) => {
  const { page } = await open(`1.36.0/coverage.html?${query}`);
  await page.getByText(sentence).first().waitFor();
  await expectNoOverflow(page, [320]);
});

test('compares two releases', async () => {
  const { page, problems } = await open('1.36.0/coverage.html?compare=1.35.0');
  const read = (release: string) => readReleaseDataSet(pool, release, release, null);
  const { gained, lost, newEndpoints, removedEndpoints } = compareDataSets(await read('1.35.0'), await read('1.36.0'));
  await page.waitForSelector('svg path.new');
  const legend = await readLegend(page);
  expect({ gained: 0, lost: 0, 'cannot tell': 0, ...legend }).toMatchObject({
    gained: gained.length,
    lost: lost.length,
    new: newEndpoints.length,
    removed: removedEndpoints.length,
    'cannot tell': 0,
  });
  await page.getByRole('button', { name: 'removed' }).click();
  await page.getByText(`${removedEndpoints.length} endpoints, ${removedEndpoints.length} of them removed`).waitFor();
  await savePicture(page, 'coverage-removed');
  expect(problems).toEqual([]);
});

test('cannot tell what an incomplete release lost', async () => {
  const { page } = await open('1.35.0/coverage.html?compare=1.34.0');
  await page.waitForSelector('svg path.new');
  await page.getByText('The coverage of 1.34.0 is incomplete').waitFor();
  expect(await readLegend(page)).not.toHaveProperty('gained');
  expect(await readLegend(page)).toHaveProperty('cannot tell');
});

test('draws a release without coverage', async () => {
  const { page, problems } = await open('1.33.0/coverage.html');
  await page.getByText('No coverage of this release is loaded').waitFor();
  expect(await readNumbers(page)).toMatchObject({ tested: 'unknown', untested: 'unknown' });
  expect(await countPaths(page, 'unknown')).toBeGreaterThan(0);
  const text = await main(page);
  expect(text).not.toMatch(/NaN|0 %|null|undefined/);
  await savePicture(page, 'coverage-without-coverage');
  expect(problems).toEqual([]);
});

test('draws only the rows in view, all of them in print, and moves between rows by keys', async () => {
  const { page } = await open('1.36.0/coverage.html');
  const rows = page.locator('tbody tr[data-index]');
  await rows.first().waitFor();
  const total = Number(await page.locator('table').getAttribute('aria-rowcount')) - 1;
  expect(await rows.count()).toBeLessThan(100);
  const first = page.locator('tr[data-index="0"] a');
  await first.focus();
  for (let step = 0; step < 10; step++) await page.keyboard.press('PageDown');
  await page.locator('tr[data-index="150"] a:focus').waitFor();
  expect(await rows.count()).toBeLessThan(100);
  await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
  await vi.waitFor(async () => expect(await rows.count()).toBe(total), waiting);
  await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
  await vi.waitFor(async () => expect(await rows.count()).toBeLessThan(100), waiting);
});

test('offers table and picture as files', async () => {
  const { page } = await open('1.36.0/coverage.html?zoom=stable/core/Pod&sort=tests');
  const get = async (title: string): Promise<[string, Buffer]> => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.downloads button', { hasText: title }).click(),
    ]);
    return [file.suggestedFilename(), await readFile(await file.path())];
  };
  const [csvName, csv] = await get('CSV');
  expect(csvName).toBe('coverage-1.36.0-stable-core-Pod.csv');
  expect(csv.toString().split('\r\n')[0]).toMatch(/^endpoint,kind,verb,level,tested,confTested,eligible,tests,/);
  const [, json] = await get('JSON');
  const rows: { endpoint: string; tests: number }[] = JSON.parse(json.toString());
  expect(csv.toString().trim().split('\r\n')).toHaveLength(rows.length + 1);
  expect(rows.map(({ tests }) => tests)).toEqual(rows.map(({ tests }) => tests).sort((a, b) => a - b));
  const [, svg] = await get('SVG');
  expect(svg.toString()).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const [, png] = await get('PNG');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
});

test('searches by / and Ctrl-K', async () => {
  const { page, problems } = await open('1.36.0/coverage.html');
  await page.waitForSelector('svg path.conformance');
  await page.keyboard.press('/');
  await page.keyboard.type('readCoreV1NamespacedPod');
  await page.locator('[role=option]').first().waitFor();
  await expectAccessible(page);
  await savePicture(page, 'search');
  await page.keyboard.press('Enter');
  await vi.waitFor(
    () => expect(page.url()).toMatch(/1\.36\.0\/endpoint\.html\?endpoint=readCoreV1NamespacedPod$/),
    waiting,
  );
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Pods should be submitted and removed');
  await page.locator('[role=option]').filter({ hasText: 'test' }).first().click();
  await vi.waitFor(() => expect(page.url()).toMatch(/1\.36\.0\/test\.html\?test=/), waiting);
  expect(problems).toEqual([]);
});

test('says that SnoopDB is away, and draws when it is back', async () => {
  outage = new SnoopDbError('database_away', 'SnoopDB is stopped. Start it.');
  try {
    const { page } = await open('1.36.0/coverage.html');
    await page.getByRole('alert').filter({ hasText: 'SnoopDB is stopped. Start it.' }).first().waitFor();
    outage = null;
    await page.waitForSelector('svg path.conformance', { timeout: 30_000 });
    expect(await page.getByText('SnoopDB is stopped').count()).toBe(0);
  } finally {
    outage = null;
  }
});

test.each(['light', 'dark'] as const)('is accessible and fits in %s', async (colorScheme) => {
  for (const [name, query] of [
    ['coverage', ''],
    ['compared', '?compare=1.35.0'],
    ['endpoint', '?zoom=stable/core/Node/deleteCoreV1CollectionNode'],
    ['large', '?size=large'],
  ] as const) {
    const { page } = await open(`1.36.0/coverage.html${query}`, { colorScheme, reducedMotion: 'reduce' });
    await page.waitForSelector('svg path.group, svg path.conformance');
    await expectAccessible(page);
    for (const width of [320, 1280, 2560]) {
      await page.setViewportSize({ width, height: 1000 });
      await savePicture(page, `coverage-${name}-${colorScheme}-${width}`);
    }
    await expectNoOverflow(page, [320, 390, 1280, 2560, 3840]);
  }
});
