import { askProgress, askRunCoverage, listAgents, type Pool } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import {
  expectAccessible,
  expectNoOverflow,
  needBrowser,
  type OpenPage,
  openPage,
  savePicture,
} from './support/browser.ts';
import { hostile, importedRuns, makePageDatabase, servePage } from './support/page-data.ts';

let pool: Pool;
let url: string;
beforeAll(async () => {
  pool = await makePageDatabase();
  url = await servePage(pool);
});

type Query = Readonly<Record<string, string>>;

async function visit(path: string, query: Query = {}, options: Parameters<typeof openPage>[0] = {}): Promise<OpenPage> {
  const opened = await openPage(options);
  await opened.page.goto(`${url}${path}?${new URLSearchParams(query)}`);
  await opened.page.locator('h1').waitFor();
  await opened.page.waitForLoadState('networkidle');
  return opened;
}

const [before, after] = importedRuns;
const endpoint = 'createCoreV1NamespacedConfigMap';
/** With hostile names; `page/appearance.slow.test.ts` shows all pages. */
const pages: readonly (readonly [name: string, path: string, query: Query])[] = [
  ['test', '1.36.0/test.html', { test: hostile.test }],
  ['agent', 'agents.html', { agent: hostile.agent }],
  ['run', 'runs.html', { run: before }],
  ['runs-compared', 'runs.html', { before, after }],
];

test.for(pages)('%s is accessible in light and dark and fits each width', async ([name, path, query], context) => {
  needBrowser(context);
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, problems } = await visit(path, query, { colorScheme });
    await expectAccessible(page);
    await savePicture(page, `${name}-${colorScheme}`);
    if (colorScheme === 'light') await expectNoOverflow(page);
    expect(problems).toEqual([]);
  }
});

const links: readonly (readonly [path: string, text: string, query: Query])[] = [
  ['1.35.0/endpoint.html', '1.35.0 has no endpoint', { endpoint: 'noSuchEndpoint' }],
  ['1.35.0/endpoint.html', '<script>alert(1)</script>', { endpoint: '<script>alert(1)</script>' }],
  ['1.36.0/endpoint.html', '1.36.0 has no endpoint', { endpoint: '\0' }],
  ['1.36.0/endpoint.html', '1.36.0 has no endpoint constructor', { endpoint: 'constructor' }],
  ['1.36.0/endpoint.html', 'xxx …', { endpoint: 'x'.repeat(10_000) }],
  ['1.36.0/endpoint.html', 'This link names no endpoint', {}],
  ['1.2.0/endpoint.html', 'Release 1.2.0 is not loaded', { endpoint }],
  ['1.36.0/test.html', 'was hit by a test <script>', { test: '<script>alert(1)</script>' }],
  ['1.35.0/test.html', 'It hits endpoints of: 1.36.0', { test: hostile.test }],
  ['1.36.0/progress.html', 'There are no figures of <script>', { of: '<script>', part: 'new' }],
  ['1.36.0/progress.html', 'Stable endpoints', { of: '1.20.0', part: 'nothing' }],
  ['1.36.0/lists.html', 'No endpoint has this reason', { list: '<script>', reason: 'none' }],
  ['agents.html', 'the limit is 2000', { agent: 'x'.repeat(5000) }],
  ['agents.html', 'No agent with the name "nobody/1.0" was seen', { agent: 'nobody/1.0' }],
  ['runs.html', 'NUL', { run: '\0' }],
  ['runs.html', 'There is no run "zzz"', { run: 'zzz' }],
  ['runs.html', 'There is no run "zzz"', { before, after: 'zzz' }],
];

test.for(links)('%s with a strange query: %s', async ([path, text, query], context) => {
  needBrowser(context);
  const { page, problems } = await visit(path, query);
  const readMain = async (): Promise<string> => (await page.locator('main').textContent()) ?? '';
  await expect.poll(async () => (await readMain()).replaceAll(/\s+/g, ' ')).toContain(text);
  const others = problems.filter((problem) => !/^Failed to load resource: .* 40[04] /.test(problem));
  expect(others).toEqual([]);
});

test('an endpoint of another release is found there', async (context) => {
  needBrowser(context);
  const { rows } = await pool.query<{ endpoint: string }>(
    `select endpoint from public.open_api where release = '1.36.0' and endpoint not in (
       select endpoint from public.open_api where release = '1.35.0') order by endpoint limit 1`,
  );
  const name = rows[0]?.endpoint ?? '';
  const { page } = await visit('1.35.0/endpoint.html', { endpoint: name });
  await page.getByRole('main').getByRole('link', { name: '1.36.0' }).click();
  await page.locator('h1', { hasText: name }).waitFor();
  expect(page.url()).toContain(`/1.36.0/endpoint.html?endpoint=${name}`);
  await page.goBack();
  await page.getByText(`1.35.0 has no endpoint ${name}`).waitFor();
});

test('each bar and number of Progress opens a table with as many rows', async (context) => {
  needBrowser(context);
  const { page } = await visit('1.36.0/progress.html');
  const { releases } = await askProgress(pool);
  const bars = await page.locator('rect[data-part]').evaluateAll((rects) =>
    rects.map((rect) => ({
      link: rect.parentElement?.getAttribute('href') ?? '',
      count: Number(rect.getAttribute('data-count')),
    })),
  );
  expect(bars.length).toBeGreaterThan(releases.length);
  for (const { link, count } of bars.filter((_, index) => index % 17 === 0)) {
    await page.goto(link);
    await page.getByRole('region', { name: 'The endpoints of a bar' }).getByText(`${count} endpoints`).waitFor();
  }
  const numbers = page.locator('[data-column="debt"] a');
  for (const [, text = ''] of [...(await numbers.allInnerTexts())].entries()) expect(Number(text)).toBeGreaterThan(0);
  await numbers.first().click();
  const debt = releases.filter((one) => one.debt > 0).at(-1);
  await page.getByRole('heading', { name: `${debt?.release}: untested then` }).waitFor();
  await page.getByRole('region', { name: 'The endpoints of a bar' }).getByText(`${debt?.debt} endpoints`).waitFor();
});

test('Agents and Runs have the numbers of their questions, and links lead from one page to the next', async (context) => {
  needBrowser(context);
  const { page, problems } = await visit('agents.html');
  const agents = await listAgents(pool);
  await page.getByText(`${agents.length} agents`).waitFor();
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.getByText('2 runs').waitFor();
  await page.getByRole('link', { name: before }).click();
  const { evidence, endpoints, baseline } = await askRunCoverage(pool, before);
  await page.getByText(`${evidence.sent} requests sent, ${evidence.recorded} recorded`).waitFor();
  await page
    .getByRole('link', { name: endpoints[0]?.endpoint ?? '' })
    .first()
    .click();
  await page.locator('h1', { hasText: endpoints[0]?.endpoint ?? '' }).waitFor();
  expect(page.url()).toContain(`/${baseline.release}/endpoint.html?`);
  await page.getByRole('link', { name: 'Lists' }).click();
  await page.getByText('101 endpoints').waitFor();
  await page.reload();
  await page.getByText('101 endpoints').waitFor();
  expect(problems).toEqual([]);
});
