import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { withLocalCluster } from './local-cluster.ts';

const source = fileURLToPath(new URL('programs/audited-client.live.ts', import.meta.url));

/** What recording adds to a request of a live test, against the same client without it. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const requests = small ? 300 : 2_000;
  return withLocalCluster(async ({ folder, snoop }) => {
    const result = join(folder, 'bench-times.json');
    const env = {
      BENCH_RESULT: result,
      BENCH_KUBECONFIG: join(folder, 'kubeconfig'),
      BENCH_REQUESTS: String(requests),
    };
    await snoop(['test', source], { env });
    const times: Record<'bare' | 'audited', number[]> = JSON.parse(readFileSync(result, 'utf8'));
    const [bare, audited] = [percentile(times.bare, 0.5), percentile(times.audited, 0.5)];
    return {
      figures: [
        {
          what: 'cost of the audited client per request, p50',
          ...{ measured: (audited / bare - 1) * 100, unit: '%', target: 5, floor: 20, better: 'less' },
        },
      ],
      notes: [
        `${requests} requests each, in turns: bare ${bare.toFixed(2)} ms, audited ${audited.toFixed(2)} ms; both keep their connections`,
      ],
    };
  });
}
