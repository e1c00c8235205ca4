import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { Measurement } from '../measurement/figure.ts';

const folders = (process.env.PATH ?? '').split(delimiter);
const program =
  process.env.SNOOP_CHROMIUM ?? folders.map((folder) => join(folder, 'chromium')).find((file) => existsSync(file));

/** Measures in a browser; without one, only says so. */
export async function withBrowser(work: (browser: Browser) => Promise<Measurement>): Promise<Measurement> {
  if (program === undefined) {
    return {
      figures: [],
      notes: ['not measured: there is no chromium here (apt-get install chromium, or SNOOP_CHROMIUM)'],
    };
  }
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}
