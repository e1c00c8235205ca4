import type { Context } from '../context.ts';
import { defineCommand, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { runSupervisor } from '../control-plane/supervisor-program.ts';

const flags = { state: valueFlag('--state <DIR>', 'the state folder').needed() };

/** `snoop supervise`. Answers 0: it was stopped on purpose; 3: it stopped by itself, and the state says why. */
export const command = defineCommand({
  name: 'snoop supervise',
  title: "keeps a control plane running; 'snoop up' calls it, people do not",
  usage: ['snoop supervise --state DIR'],
  flags,
  examples: 'snoop up',
  exitCodes: '0 it was stopped · 2 wrong use · 3 it stopped by itself',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const stayed = await runSupervisor({
    folder: values.state,
    forAuditlogger: context.environment.forAuditlogger,
    signal: context.signal,
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  return stayed ? 0 : 3;
}
