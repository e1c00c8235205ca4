import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importRun, loadBaseline, loadHistory, type Pool, useBaseline } from '@snoop/snoopdb';
import type { Locator, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { createSiteFiles } from '../../../src/site/site-files.ts';
import { writeSite } from '../../../src/site/write-site.ts';
import { serveUi } from '../../../src/ui/serve.ts';
import { type AtEnd, serveFolder } from './file-server.ts';

/** Two releases that ship, the first one newer. */
export const releases = ['1.36.0', '1.35.0'] as const;
/** Runs of {@link loadShipped}. */
export const runs = { ofTests: '20261130-193315-xducqt', ofExec: '20261130-193534-dinwwo' } as const;

/** Loads the releases, the history and two runs. */
export async function loadShipped(pool: Pool): Promise<void> {
  for (const release of releases) await loadBaseline(pool, release);
  await loadHistory(pool);
  await useBaseline(pool, releases[0]);
  for (const file of ['two-tests', 'exec']) {
    const evidence = JSON.parse(await readFile(new URL(`../../ticket/evidence/${file}.json`, import.meta.url), 'utf8'));
    for (const run of evidence.runs) await importRun(pool, file, run);
  }
}

/** Serves pages as `snoop ui` does. @param atEnd when to end; default: after all tests of the file. @returns their URL */
export async function servePages(getPool: () => Pool, atEnd: AtEnd = afterAll): Promise<string> {
  const running = await serveUi({
    ...{ getPool, getNote: () => null, readRuns: async () => null, token: null, log: () => {} },
    address: { host: '127.0.0.1', port: 0 },
  });
  atEnd(() => running.close());
  return running.url;
}

/** Serves the static site of these releases below a path, until the tests of the file end. @returns its URL */
export async function serveSite(pool: Pool): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-site-'));
  afterAll(() => rm(folder, { recursive: true }));
  await writeSite(folder, await createSiteFiles(pool, releases));
  return serveFolder(folder, { atEnd: afterAll });
}

/** Opens a URL and waits until all of the page's data are shown. */
export async function show(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await waitUntilShown(page);
}

export async function waitUntilShown(page: Page): Promise<void> {
  const isShown = (): Promise<boolean> =>
    page.evaluate(`(() => {
      const main = document.querySelector('main');
      return main?.querySelector('h1') != null && !/Loading|Looking in other/.test(main.innerText);
    })()`);
  await expect.poll(isShown, { timeout: 20_000, interval: 20 }).toBe(true);
}

/** Expects that no text shows a value that the program failed to format. */
export async function expectNoBrokenText(page: Page): Promise<void> {
  const text = await readText(page.locator('body'));
  expect(text.match(/.*(?:\bNaN\b|\bundefined\b|\[object |Infinity).*/g), page.url()).toBeNull();
}

/** The number of rows that the first table of a page, or of a part of it, says it has. */
export async function countRows(part: Page | Locator): Promise<number> {
  return Number.parseInt(await readText(part.locator('.bar [role=status]').first()), 10);
}

/** The text of an element as it is drawn, once it is. */
export async function readText(element: Locator): Promise<string> {
  await element.first().waitFor({ state: 'attached' });
  return (await element.first().allInnerTexts()).join('');
}
