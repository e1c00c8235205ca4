import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';

export const help = `snoop supervise: keeps a control plane running; 'snoop up' calls it, people do not

Usage: snoop supervise --state DIR

Examples:
  snoop up
`;

/** @returns 0: it was stopped on purpose; 3: it stopped by itself, and the state says why */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('supervise', args, { state: { type: 'string' } });
  if (values.state === undefined) {
    throw wrongUse("This is called by 'snoop up'.", "Call 'snoop up'.");
  }
  const { runSupervisor } = await import('../control-plane/supervisor-program.ts');
  const stayed = await runSupervisor({
    folder: values.state,
    forAuditlogger: context.environment.forAuditlogger,
    signal: context.signal,
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  return stayed ? 0 : 3;
}
