import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, expect, onTestFinished, type TestContext } from 'vitest';

const program = process.env.SNOOP_CHROMIUM ?? findInPath('chromium');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser: Promise<Browser> | null = null;
afterAll(async () => (await browser)?.close());

function findInPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Skips a test that needs a browser where there is none. */
export function needBrowser(context: TestContext): void {
  if (program === undefined)
    context.skip('not tested in a browser: there is no chromium here (apt-get install chromium, or SNOOP_CHROMIUM)');
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of the page's console and of its scripts; tests expect none. */
  readonly problems: string[];
}

/** Opens a page in a context of its own, closed after the test. */
export async function openPage(options: BrowserContextOptions = {}): Promise<OpenPage> {
  browser ??= chromium.launch({ executablePath: program ?? 'chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return { page, problems };
}

/** Expects that axe finds nothing serious on the page. @param rules of axe; default: all */
export async function expectAccessible(page: Page, rules: readonly string[] = []): Promise<void> {
  // The page's policy allows no script element; the browser evaluates this one itself.
  await page.evaluate(axeSource);
  const runOnly = rules.length === 0 ? {} : { runOnly: { type: 'rule', values: rules } };
  // Arcs have no text; the table has their endpoints.
  const what = [{ exclude: [['.arcs']] }, { resultTypes: ['violations'], ...runOnly }];
  const { violations } = await page.evaluate<AxeResult>(`axe.run(...${JSON.stringify(what)})`);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
  expect(found, page.url()).toEqual([]);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Expects that the page does not scroll sideways at any of these widths. */
export async function expectNoOverflow(page: Page, widths: readonly number[] = [320, 390, 1280, 2560]): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, `${page.url()} at ${width} px`).toBeLessThanOrEqual(0);
  }
}

/** Saves a picture of the page into the folder SNOOP_SCREENSHOTS, to look at; nothing without it. */
export async function savePicture(page: Page, name: string): Promise<void> {
  const folder = process.env.SNOOP_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
