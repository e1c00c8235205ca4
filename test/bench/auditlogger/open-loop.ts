import type { Figure, Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { checkStored, startBenchServer } from './bench-server.ts';
import { withAuditlogger } from './program.ts';
import { startSender } from './sender.ts';
import type { Sent } from './sending/order.ts';

const eventsPerBody = 400;
const rates = [
  { perSecond: 10, target: 50, floor: 200 },
  { perSecond: 30, target: 100, floor: 500 },
];

/** How long a body of 400 events takes when they come at an even rate, whatever happened to those before. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const [rounds, seconds] = small ? [2, 2] : [3, 15];
  const server = await startBenchServer();
  const sender = startSender(server.endpoints);
  try {
    return await withAuditlogger(server, 'open_loop', async ({ url }, pool) => {
      const job = { url, eventsPerBody };
      const warmUp = await sender.send({ ...job, bodies: 40, connections: 2 });
      const sent: { perSecond: number; sent: Sent }[] = [];
      for (let round = 0; round < rounds; round += 1) {
        for (const { perSecond } of rates) {
          sent.push({ perSecond, sent: await sender.send({ ...job, bodies: perSecond * seconds, perSecond }) });
        }
      }
      await checkStored(pool, [warmUp, ...sent.map((one) => one.sent)]);
      return describe(sent, seconds);
    });
  } finally {
    await sender.stop();
    await server.remove();
  }
}

function describe(all: readonly { perSecond: number; sent: Sent }[], seconds: number): Measurement {
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const { perSecond, target, floor } of rates) {
    const rounds = all.filter((one) => one.perSecond === perSecond).map(({ sent }) => sent.latenciesMs);
    const each = (share: number): number[] => rounds.map((latenciesMs) => percentile(latenciesMs, share));
    const list = (share: number): string =>
      each(share)
        .map((ms) => ms.toFixed(1))
        .join(' ');
    const what = `${perSecond} requests/s × ${eventsPerBody}: p99 from send to 200`;
    figures.push({ what, measured: percentile(each(0.99), 0.5), unit: 'ms', target, floor, better: 'less' });
    notes.push(
      `${perSecond} requests/s, rounds of ${seconds} s: p50 ${list(0.5)}; p99 ${list(0.99)}; longest ${list(1)} ms`,
    );
  }
  return { figures, notes };
}
