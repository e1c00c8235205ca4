import type { Measurement } from '../measurement/figure.ts';
import { checkStored, startBenchServer } from './bench-server.ts';
import { readPeakMiB } from './process-figures.ts';
import { withAuditlogger } from './program.ts';
import { startSender } from './sender.ts';

const eventsPerBody = 400;

/** The most memory that the auditlogger has: under even load, and then all bodies of a burst at once. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const steadyBodies = small ? 50 : 250;
  const burstBodies = small ? 120 : 500;
  const server = await startBenchServer();
  const sender = startSender(server.endpoints);
  try {
    return await withAuditlogger(server, 'burst', async ({ pid, url }, pool) => {
      const job = { url, eventsPerBody };
      const idleMiB = readPeakMiB(pid);
      const steady = await sender.send({ ...job, bodies: steadyBodies, connections: 8 });
      const steadyMiB = readPeakMiB(pid);
      const burst = await sender.send({ ...job, bodies: burstBodies, connections: burstBodies });
      const burstMiB = readPeakMiB(pid);
      await checkStored(pool, [steady, burst]);
      const answers = Object.entries(burst.answers).map(([status, times]) => `${status} ${times} times`);
      return {
        figures: [
          {
            what: 'memory of the auditlogger, burst included',
            measured: burstMiB,
            unit: 'MiB',
            target: 192,
            floor: 384,
            better: 'less',
          },
        ],
        notes: [
          `at the start ${idleMiB.toFixed(0)} MiB, under even load of ${steady.events} events ${steadyMiB.toFixed(0)} MiB`,
          `burst of ${burst.events} events, a connection for each ${eventsPerBody}: stored once each within ${burst.seconds.toFixed(1)} s, answers: ${answers.join(', ')}`,
        ],
      };
    });
  } finally {
    await sender.stop();
    await server.remove();
  }
}
