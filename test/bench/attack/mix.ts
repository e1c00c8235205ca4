import { parseArgs } from 'node:util';
import { createRandom } from '@snoop/snoopdb/test-random';
import { runMix } from '../../attack/mix.ts';
import { podMebibytes } from '../../auditlogger/support/memory.ts';
import { startBenchServer } from '../auditlogger/bench-server.ts';
import { readPeakMiB } from '../auditlogger/process-figures.ts';
import { missesFloor, printFigures } from '../measurement/figure.ts';
import { describeMachine } from '../measurement/machine.ts';
import { withPodSized } from './pod-sized.ts';

const usage = 'Usage: npm run bench -- attack-mix [--minutes N] [--seed N]';

/**
 * Attacks at random beside a normal sender; default: 20 minutes.
 * @throws Error with the first failure, and how to repeat it
 */
export async function measure(args: readonly string[]): Promise<number> {
  const options = { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } } as const;
  let minutes: number;
  let seed: number;
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    if (!(minutes > 0 && Number.isSafeInteger(seed))) throw new Error('N is a number, of a seed a whole one');
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  console.log(describeMachine());
  const server = await startBenchServer();
  try {
    return await withPodSized(server, 'attack_mix', 'cluster', async ({ program, pool }) => {
      const durationMs = minutes * 60_000;
      const report = await runMix({ program, pool, durationMs, createRandom: (stream) => createRandom(seed + stream) });
      const figure = {
        what: 'memory of the auditlogger beside attacks at random',
        measured: readPeakMiB(program.pid),
        unit: 'MiB',
        target: podMebibytes,
        floor: podMebibytes,
        better: 'less' as const,
      };
      console.log(printFigures([figure]));
      const { answers, moves, normalBodies, normalP99Ms } = report;
      console.log(
        `  seed ${seed}, ${minutes} minutes: ${moves} moves; ${normalBodies} bodies of a normal sender, p99 ${normalP99Ms.toFixed(0)} ms`,
      );
      for (const [kind, counts] of Object.entries(answers)) console.log(`  ${kind}: ${JSON.stringify(counts)}`);
      return missesFloor(figure) ? 1 : 0;
    });
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : String(error)}\nTo repeat it: npm run bench -- attack-mix --minutes ${minutes} --seed ${seed}`,
    );
    return 1;
  } finally {
    await server.remove();
  }
}
