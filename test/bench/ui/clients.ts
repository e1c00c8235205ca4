import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import type { Measurement } from '../measurement/figure.ts';
import { percentile } from '../measurement/machine.ts';
import { openSender, sendSteadily } from './live-events.ts';
import { withReleases } from './page-program.ts';

const slowClients = 5;

/** Many pages at once, a few of which read nothing. */
export async function measure({ small }: { small: boolean }): Promise<Measurement> {
  const clients = small ? 50 : 200;
  return withReleases(async ({ pool, serve }) => {
    const { url, pid } = await serve();
    const sender = openSender(pool);
    const sockets: WebSocket[] = [];
    try {
      const early = await sendSteadily(sender, 500, 3);
      const before = readResident(pid);
      const delays: number[] = [];
      const counts = new Map<WebSocket, number>();
      for (let number = 0; number < clients; number += 1) {
        sockets.push(await openClient(url, number >= slowClients, delays, counts));
      }
      const sent = early + (await sendSteadily(sender, 500, small ? 5 : 20));
      const normal = sockets.slice(slowClients);
      for (let waited = 0; waited < 100 && normal.some((one) => (counts.get(one) ?? 0) < sent); waited += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const wrong = normal.filter((one) => counts.get(one) !== sent).length;
      return {
        figures: [
          {
            what: `memory of ${clients} pages above none`,
            measured: readResident(pid) - before,
            unit: 'MiB',
            target: 100,
            floor: 250,
            better: 'less',
          },
          {
            what: 'event read by the page, from its commit, p99',
            measured: percentile(delays, 0.99),
            unit: 'ms',
            target: 200,
            floor: 3000,
            better: 'less',
          },
          {
            what: 'pages with another number of events',
            measured: wrong,
            unit: '',
            target: 0,
            floor: 0,
            better: 'less',
          },
        ],
        notes: [`${sent} events, ${clients} pages in one process, ${slowClients} of them read nothing`],
      };
    } finally {
      for (const socket of sockets) socket.terminate();
      await sender.close();
    }
  });
}

async function openClient(
  url: string,
  reads: boolean,
  delays: number[],
  counts: Map<WebSocket, number>,
): Promise<WebSocket> {
  const socket = new WebSocket(new URL('data/events', url), { origin: new URL(url).origin });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ kind: 'want', rows: true, all: true, at: null }));
  await new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      // A state counts from the start of the server.
      if (message.kind === 'state') {
        counts.set(socket, message.events);
        return resolve();
      }
      if (message.kind !== 'frame') return;
      counts.set(socket, (counts.get(socket) ?? 0) + message.events);
      const [newest] = (message.rows ?? []).slice(-1);
      if (newest) delays.push(Date.now() - Date.parse(newest.time));
      socket.send(JSON.stringify({ kind: 'seen', number: message.number }));
    });
  });
  if (!reads) socket.pause();
  return socket;
}

/** Resident memory of a process, in MiB. */
function readResident(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
