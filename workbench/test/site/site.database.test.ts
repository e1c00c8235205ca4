import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askCoverage, type Pool } from '@snoop/snoopdb';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, expect, test } from 'vitest';
import { command } from '../../src/cli/site.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';
import { needBrowser, openPage } from '../ui/support/browser.ts';
import { serveFolder } from '../ui/support/file-server.ts';

let url: string;
let pool: Pool;
beforeAll(async () => {
  ({ url, pool } = await makeDatabase());
  await loadSmallReleases(pool);
});

const small = ['--releases', '1.35', '--releases', '1.36'];

async function readAll(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(folder.length), await readFile(file, 'latin1')] as const)),
  );
}

test('the same data gives the same bytes, and unchanged files are left alone', async () => {
  const [one, two] = [await makeFolder(), await makeFolder()];
  expect((await ask(command, url, one, ...small)).exitCode).toBe(0);
  expect((await ask(command, url, two, ...small)).exitCode).toBe(0);
  const files = await readAll(one);
  expect(await readAll(two)).toEqual(files);
  expect([...files.keys()].filter((name) => name.startsWith('/1.35.0/')).sort()).toEqual(
    ['coverage', 'endpoint', 'lists', 'progress', 'test'].map((name) => `/1.35.0/${name}.html`),
  );
  const page = join(one, '1.36.0', 'coverage.html');
  const { mtimeMs } = await stat(page);
  const again = await ask(command, url, one, ...small);
  expect(again.stdout).toMatch(/ 0 written, 0 deleted\n$/);
  expect((await stat(page)).mtimeMs).toBe(mtimeMs);
});

test('a smaller site deletes the files of the larger one and keeps what others put there', async () => {
  const folder = await makeFolder();
  await ask(command, url, folder, ...small);
  await writeFile(join(folder, 'CNAME'), 'snoop.example');
  const { stdout } = await ask(command, url, folder, '--releases', '1.36');
  expect(stdout).toMatch(/ 7 deleted\n$/);
  expect(await readFile(join(folder, 'CNAME'), 'utf8')).toBe('snoop.example');
  expect([...(await readAll(folder)).keys()].some((name) => name.startsWith('/1.35.0/'))).toBe(false);
});

test('an edited list of files deletes nothing outside the folder', async () => {
  const folder = await makeFolder();
  const [outside, site] = [join(folder, 'precious'), join(folder, 'site')];
  await writeFile(outside, 'kept');
  await mkdir(site);
  await writeFile(join(site, 'site.json'), JSON.stringify(['../precious', outside, 'a/../../precious', 3]));
  expect((await ask(command, url, site, '--releases', '1.36')).exitCode).toBe(0);
  expect(await readFile(outside, 'utf8')).toBe('kept');
});

test('refuses a folder with other files and a release that is not loaded', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'thesis.tex'), '');
  await expect(ask(command, url, folder, '--releases', '1.36')).rejects.toMatchObject({
    code: 'not_a_site',
    exitCode: 2,
    message: expect.stringContaining('thesis.tex'),
  });
  await expect(ask(command, url, await makeFolder(), '--releases', '1.3')).rejects.toMatchObject({
    code: 'no_release',
    message: expect.stringMatching(/^Release 1\.3\.0 is not loaded \(loaded: .*1\.36\.0, 1\.35\.0/),
  });
});

test('without JavaScript there are tables with the numbers of the questions', async (context) => {
  needBrowser(context);
  const folder = await makeFolder();
  await ask(command, url, folder, ...small);
  const { page, problems } = await openPage({ javaScriptEnabled: false });
  await page.goto(await serveFolder(folder));
  await page.waitForURL('**/1.36.0/coverage.html');
  const { total } = await askCoverage(pool, '1.36');
  expect(await page.locator('tbody tr').count()).toBe(total.endpoints);
  expect(await page.locator('#page').textContent()).toContain(
    `${total.endpoints} endpoints that are not deprecated: ${total.tested} tested, ${total.confTested} conformance tested`,
  );
  await page.getByRole('link', { name: 'lists' }).click();
  await page.waitForURL('**/lists.html');
  expect(await page.locator('h2').allTextContents()).toContain('1 ineligible endpoints');
  await page.getByRole('link', { name: 'progress' }).click();
  await page.waitForURL('**/progress.html');
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(3);
  expect(problems).toEqual([]);
});

test.for([{ unpacks: false }, { unpacks: true }])(
  'shows a release below a path of a file server that declares gzip: $unpacks',
  async (options, context) => {
    needBrowser(context);
    const folder = await makeFolder();
    await ask(command, url, folder, ...small);
    const { page, problems } = await openPage();
    await page.goto(`${await serveFolder(folder, options)}1.36.0/coverage.html`);
    await page.getByText('readCoreV1NamespacedPodLog').first().waitFor();
    expect(problems).toEqual([]);
  },
);
