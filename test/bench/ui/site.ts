import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listShippedReleases } from '@snoop/snoopdb';
import type { Measurement } from '../measurement/figure.ts';
import { withReleases } from './page-program.ts';

/** The static site of the releases that ship. */
export async function measure(): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-bench-site-'));
  try {
    return await withReleases(async ({ run }) => {
      const started = performance.now();
      const printed = await run(['site', join(folder, 'site')]);
      const seconds = (performance.now() - started) / 1000;
      const megabytes = Number(/([\d.]+) MB/.exec(printed)?.[1]);
      return {
        figures: [
          { what: 'snoop site, all releases', measured: seconds, unit: 's', target: 5, floor: 20, better: 'less' },
          { what: 'size of the site', measured: megabytes, unit: 'MB', target: 3, floor: 6, better: 'less' },
        ],
        notes: [`releases ${(await listShippedReleases()).join(', ')}`],
      };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
