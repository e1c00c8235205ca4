import type { Browser, Page } from 'playwright-core';
import type { Figure, Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { withBrowser } from './browser.ts';
import { withReleases } from './page-program.ts';

const throttling = 4;

/** The Coverage page: until a whole release is drawn on a slow processor, and how fast it follows its user. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  return withBrowser((browser) =>
    withReleases(async ({ serve }) => {
      const { url } = await serve();
      const rounds = small ? 3 : 9;
      const own: number[] = [];
      const bare: number[] = [];
      let shapes = 0;
      for (let round = 0; round < rounds; round += 1) {
        const drawn = await drawFirst(browser, `${url}1.36.0/coverage.html`);
        own.push(drawn.ms);
        shapes = drawn.shapes;
        bare.push((await drawFirst(browser, createBarePage(shapes))).ms);
      }
      const [page, compared] = [percentile(own, 0.5), percentile(bare, 0.5)];
      const changes = await measureChanges(browser, `${url}1.36.0/coverage.html`, small ? 8 : 25);
      const figures: Figure[] = [
        {
          what: 'first page drawn, processor at a quarter, p50',
          measured: page / 1000,
          unit: 's',
          target: 1,
          floor: 4,
          better: 'less',
        },
        {
          what: 'of that of a bare page with as many shapes',
          measured: page / compared,
          unit: 'times',
          target: 5,
          floor: null,
          better: 'less',
        },
      ];
      for (const [what, times] of Object.entries(changes)) {
        figures.push({
          what: `${what} until drawn, p95`,
          measured: percentile(times, 0.95),
          unit: 'ms',
          target: 100,
          floor: 500,
          better: 'less',
        });
      }
      return { figures, notes: [`${shapes} shapes; bare page ${compared.toFixed(0)} ms`] };
    }),
  );
}

/** A page with the same number of shapes and visible rows, and nothing else. */
function createBarePage(shapes: number): string {
  const path = '<path d="M0 0L9 0A9 9 0 0 1 0 9Z" fill="green"/>';
  const rows = '<tr><td>endpoint<td>kind<td>tested'.repeat(30);
  return `data:text/html,<svg viewBox="0 0 90 90"><g class="arcs">${encodeURIComponent(path.repeat(shapes))}</g></svg><table><tbody>${rows}</table>`;
}

async function drawFirst(browser: Browser, url: string): Promise<{ ms: number; shapes: number }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttling });
    await page.goto(url, { waitUntil: 'commit' });
    const ms = await page.evaluate<number>(`new Promise((resolve) => {
      const look = () => document.querySelector('.arcs path') && document.querySelector('tbody tr')
        ? requestAnimationFrame(() => resolve(performance.now()))
        : requestAnimationFrame(look);
      look();
    })`);
    return { ms, shapes: await page.locator('.arcs path').count() };
  } finally {
    await context.close();
  }
}

/** Times of each kind of change, in ms, from the event until the next frame was drawn. */
async function measureChanges(browser: Browser, url: string, rounds: number): Promise<Record<string, number[]>> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('.arcs path').first().waitFor();
    // The other releases are loaded after the first one was drawn.
    await page.waitForLoadState('networkidle');
    const times: Record<string, number[]> = { zoom: [], filter: [], 'another release': [], search: [] };
    const releases = await page
      .locator('header select option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
    const add = async (what: string, action: string): Promise<void> => {
      times[what]?.push(await timeChange(page, action));
    };
    for (let round = 0; round < rounds; round += 1) {
      const group = `[...document.querySelectorAll('.arcs path.group')]`;
      await add(
        'zoom',
        `${group}[${round} % ${group}.length].dispatchEvent(new MouseEvent('click', { bubbles: true }))`,
      );
      await add('zoom', `document.querySelector('.hole').dispatchEvent(new MouseEvent('click', { bubbles: true }))`);
      await add('filter', `document.querySelector('form.filters input[type=checkbox]').click()`);
      const letters = ['pod', 'node', 'list', 'x', ''][round % 5];
      await add('search', writeText('form.filters input[type=search]', letters ?? ''));
      const release = releases[(round + 1) % releases.length] ?? '';
      await add('another release', writeText('header select', release, 'change'));
    }
    return times;
  } finally {
    await context.close();
  }
}

function writeText(selector: string, text: string, event = 'input'): string {
  return `{ const field = document.querySelector('${selector}'); field.value = '${text}';
    field.dispatchEvent(new Event('${event}', { bubbles: true })); }`;
}

function timeChange(page: Page, action: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const started = performance.now();
    ${action};
    requestAnimationFrame(() => { const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now() - started); channel.port2.postMessage(null); });
  })`);
}
