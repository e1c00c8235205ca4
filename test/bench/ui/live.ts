import type { Page } from 'playwright-core';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { withBrowser } from './browser.ts';
import { openSender, sendSteadily } from './live-events.ts';
import { withReleases } from './page-program.ts';

const perSecond = 1_000;

/** The page Live: from a committed event to its light, and a minute of many events. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  return withBrowser((browser) =>
    withReleases(async ({ pool, serve }) => {
      const { url } = await serve();
      const sender = openSender(pool);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const devtools = await page.context().newCDPSession(page);
      try {
        await page.goto(`${url}live.html`);
        await page.locator('.status', { hasText: 'Following' }).waitFor();
        await page.locator('.arcs path').first().waitFor();
        const delays: number[] = [];
        for (let round = 0; round < (small ? 10 : 50); round += 1) delays.push(await measureLight(page, sender.send));

        await page.evaluate(watchFrames);
        const before = await readHeap();
        const counted = await readEvents(page);
        const seconds = small ? 10 : 60;
        const sent = await sendSteadily(sender, perSecond, seconds);
        const shown = await waitForEvents(page, counted + sent);
        const { frames, slow } = await page.evaluate<{ frames: number; slow: number }>('window.benchFrames');
        const grown = ((await readHeap()) - before) / 2 ** 20;
        return {
          figures: [
            {
              what: 'event committed until its arc is lit, p95',
              measured: percentile(delays, 0.95),
              unit: 'ms',
              target: 300,
              floor: 1500,
              better: 'less',
            },
            {
              what: `frames over 50 ms at ${perSecond} events/s`,
              measured: (slow / frames) * 100,
              unit: '%',
              target: 1,
              floor: null,
              better: 'less',
            },
            { what: "growth of the page's heap", measured: grown, unit: 'MiB', target: 20, floor: 60, better: 'less' },
            {
              what: 'events lost or counted twice',
              measured: Math.abs(shown - counted - sent),
              unit: '',
              target: 0,
              floor: 0,
              better: 'less',
            },
          ],
          notes: [`${sent} events in ${seconds} s, ${frames} frames; the table of events is open`],
        };

        async function readHeap(): Promise<number> {
          await devtools.send('HeapProfiler.collectGarbage');
          return (await devtools.send('Runtime.getHeapUsage')).usedSize;
        }
      } finally {
        await sender.close();
        await page.close();
      }
    }),
  );
}

/** The delay of one event that lights an arc, in ms. The clock of the page is that of this process. */
async function measureLight(page: Page, send: (uris: readonly string[]) => Promise<number>): Promise<number> {
  await page.locator('path.lit').first().waitFor({ state: 'detached' });
  const lit = page.evaluate<number>(`new Promise((resolve) => {
    const look = () => document.querySelector('path.lit')
      ? requestAnimationFrame(() => resolve(Date.now()))
      : requestAnimationFrame(look);
    look();
  })`);
  const committedAt = await send(['/api/v1/pods']);
  return Math.max(0, (await lit) - committedAt);
}

const watchFrames = `{
  window.benchFrames = { frames: 0, slow: 0 };
  let last = performance.now();
  const next = (now) => {
    window.benchFrames.frames += 1;
    if (now - last > 50) window.benchFrames.slow += 1;
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}`;

async function readEvents(page: Page): Promise<number> {
  const text = await page.locator('.numbers div', { hasText: 'Events' }).first().locator('dd').textContent();
  return Number((text ?? '').replaceAll(/\D/g, ''));
}

/** @returns what the page shows when it has them all, or after 30 s */
async function waitForEvents(page: Page, expected: number): Promise<number> {
  for (let waited = 0; waited < 300 && (await readEvents(page)) < expected; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return readEvents(page);
}
