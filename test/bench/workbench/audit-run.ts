import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure, Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { startBareApiserver } from './bare-apiserver.ts';
import { type LocalCluster, runToEnd, withLocalCluster } from './local-cluster.ts';

const suiteProgram = fileURLToPath(new URL('../../support/made-suite.mjs', import.meta.url));

interface Suite {
  readonly what: string;
  /** What each of six senders does, as often in all as `times` says: five requests. */
  readonly times: number;
  /** Between two requests of a sender. */
  readonly pauseMs: number;
  readonly floor: number | null;
}

const lifecycle = (): readonly unknown[] => {
  const collection = '/api/v1/namespaces/default/configmaps';
  const name = 'bench-{n}';
  return [
    ['POST', collection, { metadata: { name }, data: { number: '{n}' } }],
    ['GET', `${collection}/${name}`],
    ['PATCH', `${collection}/${name}`, { data: { number: 'changed' } }],
    ['GET', `${collection}?fieldSelector=metadata.name=${name}`],
    ['DELETE', `${collection}/${name}`],
  ];
};

/** Times in milliseconds, one of each round. */
interface Times {
  readonly bare: number[];
  readonly audited: number[];
  /** Of `snoop audit-run` before and after the suite's process. */
  readonly beside: number[];
}

/**
 * What the audit chain adds to the wall time of a suite: the same suite against the same control plane through an API
 * server with audit and through one without, in turns. The first suite sends about 80 requests a second, more than the
 * conformance specs with `--parallel 6`, which make 55 audit events a second; the other one has no pauses.
 */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const rounds = small ? 2 : 6;
  const suites: Suite[] = [
    { what: 'a suite with pauses', times: small ? 40 : 200, pauseMs: 50, floor: 40 },
    { what: 'a suite at full speed', times: small ? 100 : 200, pauseMs: 0, floor: null },
  ];
  return withLocalCluster(async (cluster) => {
    const bare = await startBareApiserver(cluster.folder);
    try {
      const measured = [];
      for (const suite of suites)
        measured.push(describe(suite, await compare(suite, rounds, cluster, bare.kubeconfig)));
      return {
        figures: measured.flatMap(({ figures }) => figures),
        notes: measured.map(({ note }) => note),
      };
    } finally {
      await bare.stop();
    }
  });
}

async function compare(
  { times, pauseMs }: Suite,
  rounds: number,
  { folder, snoop }: LocalCluster,
  bareKubeconfig: string,
): Promise<Times> {
  const suite = { senders: 6, pauseMs, tests: [{ name: 'bench', times, requests: lifecycle() }] };
  const env = { MADE_SUITE: JSON.stringify(suite) };
  const runBare = async (): Promise<number> => {
    const { stdout } = await runToEnd([suiteProgram], { ...env, KUBECONFIG: bareKubeconfig }, 0);
    return readTime(stdout);
  };
  const out = join(folder, 'bench-run');
  const runAudited = async (): Promise<readonly [inside: number, beside: number]> => {
    const began = performance.now();
    const { stdout } = await snoop(['audit-run', '--out', out, '--', process.execPath, suiteProgram], { env });
    const whole = performance.now() - began;
    await rm(out, { recursive: true });
    const inside = readTime(stdout);
    return [inside, whole - inside];
  };
  const found: Times = { bare: [], audited: [], beside: [] };
  // The first one of each warms up.
  for (let round = -1; round < rounds; round += 1) {
    const before = round % 2 === 0 ? await runBare() : null;
    const [inside, beside] = await runAudited();
    const alone = before ?? (await runBare());
    if (round < 0) continue;
    found.bare.push(alone);
    found.audited.push(inside);
    found.beside.push(beside);
  }
  return found;
}

function readTime(stdout: string): number {
  const time = /suite took ([\d.]+) ms/.exec(stdout)?.[1];
  if (time === undefined) throw new Error(`The suite printed no time:\n${stdout}`);
  return Number(time);
}

function describe({ what, times, floor }: Suite, { bare, audited, beside }: Times) {
  // Slower rounds also measure what else the machine does.
  const best = (values: readonly number[]): number => Math.min(...values);
  const shares = audited.map((time, round) => (time / (bare[round] ?? Number.NaN) - 1) * 100);
  const seconds = (values: readonly number[]): string => `${(best(values) / 1000).toFixed(2)} s`;
  const range = `${Math.min(...shares).toFixed(1)} to ${Math.max(...shares).toFixed(1)} %`;
  const figures: Figure[] = [
    {
      what: `wall time that audit adds to ${what}`,
      ...{ measured: (best(audited) / best(bare) - 1) * 100, unit: '%', target: 3, floor, better: 'less' },
    },
    {
      what: `time of snoop audit-run before and after ${what}`,
      ...{ measured: percentile(beside, 0.5) / 1000, unit: 's', target: 5, floor: null, better: 'less' },
    },
  ];
  const note = `${what}: ${times * 5} requests by 6 senders, ${bare.length} rounds: ${seconds(bare)} without audit, ${seconds(audited)} with it; single rounds ${range}`;
  return { figures, note };
}
