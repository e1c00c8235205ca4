import type { Figure, Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { checkStored, startBenchServer } from './bench-server.ts';
import { measureProcessorTime, type ProcessorTime } from './processor-time.ts';
import { withAuditlogger } from './program.ts';
import { startSender } from './sender.ts';
import type { Sent } from './sending/order.ts';
import { differentEvents } from './sending/body-stock.ts';

const connections = 64;

interface Case {
  what: string;
  target: number;
  floor: number;
  /** Of PostgreSQL; connections that are open take them over before their next statement. */
  settings: Record<string, number>;
  bodies: { small: number; whole: number };
}

const cases: readonly Case[] = [
  {
    what: `1 event a request, ${connections} connections`,
    target: 7000,
    floor: 800,
    settings: { commit_delay: 0 },
    bodies: { small: 8000, whole: 40_000 },
  },
  {
    what: 'the same with 5 ms added to every commit',
    target: 3000,
    floor: 600,
    settings: { commit_delay: 5000, commit_siblings: 0 },
    bodies: { small: 4000, whole: 20_000 },
  },
];

interface Round {
  sent: Sent;
  processor: ProcessorTime;
}

/** As many requests as are stored when each has one event: what a live test feels like, and what coalescing is for. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const rounds = small ? 1 : 3;
  const server = await startBenchServer();
  const sender = startSender(server.endpoints);
  try {
    return await withAuditlogger(server, 'single', async ({ pid, url }, pool) => {
      const job = { url, eventsPerBody: 1, connections };
      const all = [await sender.send({ ...job, bodies: differentEvents })];
      const figures: Figure[] = [];
      const notes: string[] = [];
      for (const one of cases) {
        await server.configure(one.settings);
        const done: Round[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const processes = { auditlogger: pid, postmaster: server.postmaster };
          const bodies = one.bodies[small ? 'small' : 'whole'];
          done.push(await measureProcessorTime(processes, () => sender.send({ ...job, bodies })));
        }
        all.push(...done.map(({ sent }) => sent));
        await checkStored(pool, all);
        const { figure, note } = describe(one, done);
        figures.push(figure);
        notes.push(note);
      }
      return { figures, notes };
    });
  } finally {
    await sender.stop();
    await server.remove();
  }
}

function describe({ what, target, floor }: Case, rounds: readonly Round[]): { figure: Figure; note: string } {
  const perSecond = rounds.map(({ sent }) => sent.events / sent.seconds);
  const list = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(' ');
  const p99 = rounds.map(({ sent }) => percentile(sent.latenciesMs, 0.99));
  const spent = (who: keyof ProcessorTime): string => list(rounds.map(({ processor }) => processor[who]));
  return {
    figure: { what, measured: percentile(perSecond, 0.5), unit: '1/s', target, floor, better: 'more' },
    note:
      `${what}: ${list(perSecond)} events/s; p99 ${list(p99)} ms; processor for 1,000 events: ` +
      `auditlogger ${spent('auditlogger')}, PostgreSQL ${spent('postgres')}, sender ${spent('sender')} ms`,
  };
}
