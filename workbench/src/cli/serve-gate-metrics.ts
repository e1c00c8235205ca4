import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { once } from 'node:events';
import { defineCommand, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { createGateMetricsServer } from '../gate/job/metrics-server.ts';

const flags = {
  answer: valueFlag('--answer <FILE>', 'the kept answer').needed(),
  port: valueFlag('--port <PORT>', 'the port, on all addresses', readPort).needed(),
};

export const command = defineCommand({
  name: 'snoop serve-gate-metrics',
  title: "serve the kept answer as metrics; internal, for the Deployment of 'snoop gate job'",
  usage: ['snoop serve-gate-metrics --answer FILE --port PORT'],
  flags,
  examples: 'snoop serve-gate-metrics --answer /etc/snoop-gate/answer.json --port 9902',
  exitCodes: '130 or 143 stopped by a signal · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: { answer, port } }: Given<typeof flags>, context: Context): Promise<number> {
  const log = (text: string): void => void context.stderr.write(`${new Date().toISOString()} ${text}\n`);
  const server = createGateMetricsServer(resolve(context.cwd, answer), { now: () => new Date(), log });
  server.listen(port);
  await once(server, 'listening').catch((cause: Error) => {
    throw new SnoopError('port_in_use', `Port ${port} cannot be used: ${cause.message}.`, { cause });
  });
  log(`serves /metrics on port ${(server.address() as AddressInfo).port}`);
  if (!context.signal.aborted) await once(context.signal, 'abort');
  server.close();
  server.closeAllConnections();
  return 0;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw wrongUse(`--port takes a number from 0 to 65535, not '${text}'.`, 'For example: --port 9902');
}
