import type { Context } from '../context.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { runSupervisor } from '../control-plane/supervisor-program.ts';

const flags = { state: valueFlag('--state <DIR>', 'the state folder').needed() };

export const command = defineCommand({
  name: 'snoop supervise',
  title: "keep a control plane running; internal, started by 'snoop up'",
  usage: ['snoop supervise --state DIR'],
  flags,
  examples: 'snoop up',
  exitCodes: '0 it was stopped · 2 wrong use · 3 it stopped by itself',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const wasStopped = await runSupervisor({
    folder: values.state,
    forAuditlogger: context.environment.forAuditlogger,
    signal: context.signal,
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  return wasStopped ? 0 : 3;
}
