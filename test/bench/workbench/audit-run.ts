import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measurement/figure.ts';
import { withLocalCluster } from './local-cluster.ts';

const suiteProgram = fileURLToPath(new URL('../../support/made-suite.mjs', import.meta.url));

/** What the audit chain adds to the wall time of a suite: the same suite with and without SnoopDB's work. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const [rounds, requests] = small ? [2, 1_000] : [5, 10_000];
  return withLocalCluster(async ({ folder, snoop }) => {
    const suite = {
      senders: 4,
      tests: [{ name: 'a', times: requests, requests: [['GET', '/api/v1/namespaces/default']] }],
    };
    const env = { MADE_SUITE: JSON.stringify(suite) };
    const out = join(folder, 'bench-run');
    const times = { inside: [] as number[], whole: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      const { stdout } = await snoop(['audit-run', '--out', out, '--', process.execPath, suiteProgram], { env });
      times.whole.push(performance.now() - began);
      times.inside.push(Number(/suite took ([\d.]+) ms/.exec(stdout)?.[1]));
      await rm(out, { recursive: true });
    }
    const [inside, whole] = [Math.min(...times.inside), Math.min(...times.whole)];
    return {
      figures: [
        {
          ...{ what: 'wall time beside the suite itself', measured: (whole / inside - 1) * 100, unit: '%' },
          ...{ target: 3, floor: null, better: 'less' },
        },
      ],
      notes: [`${requests} requests; the suite ${(inside / 1000).toFixed(1)} s, all ${(whole / 1000).toFixed(1)} s`],
    };
  });
}
