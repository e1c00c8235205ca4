import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeDatabase } from '../../support/database.ts';
import { makeFolder } from '../../support/folder.ts';
import { expectAccessible, expectNoOverflow, needBrowser, openPage, savePicture } from '../support/browser.ts';
import { countRows, loadShipped, runs, servePages, serveSite, show, readText } from '../support/served-pages.ts';

const urls = { ui: '', site: '' };
beforeAll(async () => {
  const { pool } = await makeDatabase();
  await loadShipped(pool);
  urls.ui = await servePages(() => pool);
  urls.site = await serveSite(pool);
});

/** Clicks a button that downloads. @returns the file's path and name */
async function save(page: Page, title: string): Promise<{ path: string; name: string }> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('main').getByRole('button', { name: 'Download' }).filter({ hasText: title }).first().click(),
  ]);
  const name = saved.suggestedFilename();
  const path = join(await makeFolder(), name);
  await saved.saveAs(path);
  return { path, name };
}

describe.each(['ui', 'site'] as const)('snoop %s', (of) => {
  test('downloads hold the rows of the table in its order, and the picture', async (context) => {
    needBrowser(context);
    const { page, problems } = await openPage();
    await show(page, `${urls[of]}1.36.0/coverage.html?zoom=stable/core/Pod&sort=-endpoint`);
    const count = await countRows(page);
    const first = await readText(page.locator('tbody tr[data-index="0"] a'));
    const csv = await save(page, 'CSV');
    expect(csv.name).toBe('coverage-1.36.0-stable-core-Pod.csv');
    const lines = (await readFile(csv.path, 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(count + 1);
    expect(lines[1]?.split(',')[0]).toBe(first);
    const rows = JSON.parse(await readFile((await save(page, 'JSON')).path, 'utf8'));
    expect(rows).toHaveLength(count);
    expect(rows[0]).toMatchObject({ endpoint: first, level: 'stable', kind: 'Pod' });
    const svg = await readFile((await save(page, 'SVG')).path, 'utf8');
    expect(svg).not.toMatch(/<script|var\(--/);
    expect(svg.match(/<path /g)?.length).toBeGreaterThanOrEqual(count);
    const png = await readFile((await save(page, 'PNG')).path);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(10_000);
    expect(problems).toEqual([]);
  });

  test('the picture and the table are those of the data', async (context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, `${urls[of]}1.35.0/coverage.html?zoom=stable/apps`);
    const paths = page.locator('.arcs path');
    const drawn = await paths.evaluateAll((all) =>
      all.map((path) =>
        [
          path.getAttribute('data-key'),
          path.getAttribute('class')?.replace(/\s*svelte-\w+/, ''),
          path.getAttribute('d'),
        ].join(' '),
      ),
    );
    const text = await page
      .locator('tbody tr[data-index] td')
      .evaluateAll((all) => all.map((cell) => cell.textContent.trim()));
    await expect([...drawn, ...text].join('\n')).toMatchFileSnapshot('golden/apps-1.35.0.txt');
  });

  test('a printed page has all rows and no controls', async (context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, `${urls[of]}1.36.0/lists.html`);
    const count = await countRows(page);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    await expect.poll(() => page.locator('tbody tr[data-index]').count()).toBe(count);
    for (const hidden of ['header', 'footer', '.downloads'])
      expect(await page.locator(hidden).first().isVisible(), hidden).toBe(false);
  });

  test('nothing moves with reduced motion', async (context) => {
    needBrowser(context);
    const { page } = await openPage({ reducedMotion: 'reduce' });
    await show(page, `${urls[of]}1.36.0/coverage.html?zoom=stable/core/Pod`);
    const moving = await page.evaluate<number>('document.getAnimations().length');
    expect(moving).toBe(0);
  });

  test.for([
    '1.36.0/endpoint.html?endpoint=createCoreV1NamespacedPod',
    ...(of === 'ui' ? [`runs.html?run=${runs.ofTests}`] : []),
  ])('%s is saved as one HTML file without scripts', async (path, context) => {
    needBrowser(context);
    const { page } = await openPage();
    await show(page, urls[of] + path);
    const heading = await readText(page.locator('h1'));
    const counted = await page.locator('.bar [role=status]').allInnerTexts();
    const file = await save(page, 'HTML');
    const html = await readFile(file.path, 'utf8');
    expect(html).toContain(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'",
    );
    expect(html).not.toMatch(/<script|<link|<iframe|<img|@import|127\.0\.0\.1:\d+\/(?:data|assets)/);
    const { page: reader, problems } = await openPage({ offline: true, colorScheme: 'dark' });
    await reader.goto(pathToFileURL(file.path).href);
    expect(await readText(reader.locator('h1'))).toBe(heading);
    const rows = await reader
      .locator('.box')
      .evaluateAll((all) => all.map((box) => box.querySelectorAll('tr[data-index]').length));
    const wanted = counted.map((text) => Number.parseInt(text, 10));
    expect(rows.filter((count) => count > 0)).toEqual(wanted.filter((count) => count > 0));
    expect(
      await reader
        .locator('a')
        .evaluateAll((all) => all.filter((link) => !link.getAttribute('href')?.startsWith('https://')).length),
    ).toBe(0);
    await expectAccessible(reader);
    await expectNoOverflow(reader);
    await savePicture(reader, `saved-${of}-${file.name}`);
    expect(problems).toEqual([]);
  });
});
