import { migrate, useNearestBaseline } from '@snoop/snoopdb';
import { percentile } from '../measurement/machine.ts';
import type { Measurement } from '../measurement/figure.ts';
import { startTemporaryServer } from '../measurement/temporary-server.ts';

const rounds = 3;

/** From an empty database to one that is ready, with one baseline: the median of some databases. */
export async function measure(): Promise<Measurement> {
  const server = await startTemporaryServer();
  try {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const pool = await server.createDatabase(`ready_${round}`);
      const started = performance.now();
      await migrate(pool);
      await useNearestBaseline(pool, '1.36.0');
      seconds.push((performance.now() - started) / 1000);
    }
    const measured = percentile(seconds, 0.5);
    return {
      figures: [{ what: 'empty database to ready', measured, unit: 's', target: 2, floor: 10, better: 'less' }],
    };
  } finally {
    await server.remove();
  }
}
