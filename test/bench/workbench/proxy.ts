import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { makeCertificate } from './certificate.ts';
import { withLocalCluster } from './local-cluster.ts';

const standIn = fileURLToPath(new URL('programs/stand-in.mjs', import.meta.url));
const client = fileURLToPath(new URL('programs/client.mjs', import.meta.url));

interface Times {
  readonly times: Readonly<Record<'direct' | 'proxy', readonly number[]>>;
  readonly largeMs: Readonly<Record<'direct' | 'proxy', readonly number[]>>;
}

/** What the proxy of `snoop exec` adds to a request, and how fast a large body passes; the cluster is a stand-in. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const [requests, megabytes] = small ? [300, 20] : [3_000, 100];
  return withLocalCluster(async ({ folder, databaseUrl, snoop }) => {
    const files = { ca: join(folder, 'bench-ca.crt'), key: join(folder, 'bench.key') };
    makeCertificate(files.ca, files.key);
    const server = spawn(process.execPath, [standIn, files.ca, files.key], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [port] = await once(server.stdout, 'data');
      const url = `https://127.0.0.1:${String(port).trim()}`;
      const kubeconfig = join(folder, 'bench-kubeconfig');
      writeFileSync(kubeconfig, JSON.stringify(describeCluster(url, readFileSync(files.ca))));
      // Its events never arrive: exit code 3.
      const { stdout } = await snoop(
        [
          ...['exec', '--kubeconfig', kubeconfig, '--database-url', databaseUrl, '--wait', '1', '--', process.execPath],
          ...[client, url, files.ca, String(requests), String(megabytes)],
        ],
        { exitCode: 3 },
      );
      const { times, largeMs }: Times = JSON.parse(stdout);
      const added = (share: number): number => percentile(times.proxy, share) - percentile(times.direct, share);
      const rate = (way: 'direct' | 'proxy'): number => megabytes / (Math.min(...largeMs[way]) / 1000);
      return {
        figures: [
          { what: 'added to a request, p50', measured: added(0.5), unit: 'ms', target: 0.3, floor: 1, better: 'less' },
          {
            what: 'added to a request, p99',
            measured: added(0.99),
            unit: 'ms',
            target: 2,
            floor: null,
            better: 'less',
          },
          {
            what: `body of ${megabytes} MB through the proxy`,
            ...{ measured: rate('proxy'), unit: 'MB/s', target: 300, floor: null, better: 'more' },
          },
        ],
        notes: [
          `${requests} requests each way, in turns; directly: p50 ${percentile(times.direct, 0.5).toFixed(2)} ms, body ${rate('direct').toFixed(0)} MB/s`,
        ],
      };
    } finally {
      server.kill();
    }
  });
}

function describeCluster(server: string, ca: Buffer): object {
  return {
    clusters: [{ name: 'bench', cluster: { server, 'certificate-authority-data': ca.toString('base64') } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  };
}
