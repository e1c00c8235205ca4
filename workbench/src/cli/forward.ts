import type { Context } from '../context.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { runForwarder } from '../kind/forwarder-program.ts';

const flags = {
  state: valueFlag('--state <DIR>', 'the state folder').needed(),
  node: valueFlag('--node <NAME>', 'the node').needed(),
  port: valueFlag('--port <PORT>', 'the port on loopback'),
};

export const command = defineCommand({
  name: 'snoop forward',
  title: "forward a kind cluster's SnoopDB to loopback; internal, started by 'snoop up --kind'",
  usage: ['snoop forward --state DIR --node NAME [--port PORT]'],
  flags,
  examples: 'snoop up --kind',
  exitCodes: '0 it was stopped, or its cluster was deleted · 2 wrong use · 3 it could not listen',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { state: folder, node } = values;
  await runForwarder({
    folder,
    node,
    port: values.port === undefined ? null : Number(values.port),
    environment: context.environment,
    signal: context.signal,
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  return 0;
}
