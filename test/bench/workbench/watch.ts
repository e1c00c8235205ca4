import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measurement } from '../measurement/figure.ts';
import { withLocalCluster } from './local-cluster.ts';

const program = fileURLToPath(new URL('../../../workbench/bin/snoop.js', import.meta.url));

/** How long after a save the report is there, without the time of the test itself. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const saves = small ? 5 : 20;
  return withLocalCluster(async ({ folder }) => {
    const file = join(folder, 'watched.live.ts');
    const save = (round: number): void =>
      writeFileSync(
        file,
        `import { liveTest } from '@snoop/workbench';
liveTest('round ${round}', async ({ cluster }) => { await cluster.request({ path: '/version' }); });
`,
      );
    save(0);
    const env = { ...process.env, SNOOP_STATE: folder };
    const watch = spawn(process.execPath, [program, 'test', '--watch', file], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const waits: ((text: string) => void)[] = [];
    watch.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Waiting for the next save')) {
        waits.shift()?.(said);
        said = '';
      }
    });
    watch.stdout.resume();
    const report = (): Promise<string> => new Promise((resolve) => waits.push(resolve));
    const seconds: number[] = [];
    await report();
    for (let round = 1; round <= saves; round += 1) {
      const printed = report();
      const savedAt = performance.now();
      save(round);
      const text = await printed;
      const [, ms = '0'] = /tests (\d+)ms/.exec(text) ?? [];
      seconds.push((performance.now() - savedAt - Number(ms)) / 1000);
    }
    watch.kill('SIGINT');
    await once(watch, 'close');
    seconds.sort((a, b) => a - b);
    const p95 = seconds[Math.ceil(0.95 * seconds.length) - 1] ?? Number.NaN;
    return {
      figures: [
        {
          what: 'from a save to the report, p95, without the test',
          unit: 's',
          measured: p95,
          target: 1,
          floor: 10,
          better: 'less',
        },
      ],
      notes: [`median ${(seconds[Math.floor(seconds.length / 2)] ?? Number.NaN).toFixed(2)} s of ${saves} saves`],
    };
  });
}
