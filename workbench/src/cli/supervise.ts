import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';

export const help = `snoop supervise: keeps a control plane running; 'snoop up' calls it, people do not

Usage: snoop supervise --state DIR

Examples:
  snoop up
`;

/** @returns 0: it was stopped on purpose; 3: it stopped by itself, and the state says why */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('supervise', args, { state: { type: 'string' } });
  if (values.state === undefined) {
    throw new SnoopError('wrong_use', "This is called by 'snoop up'.", { exitCode: 2, advice: ["Call 'snoop up'."] });
  }
  const { supervise } = await import('../control-plane/supervisor.ts');
  let isReady = false;
  const lost = new AbortController();
  // As long as not everything is ready, an 'up' waits at the other end; when it is gone, nobody wants the rest.
  const onDisconnect = (): void => {
    if (!isReady) lost.abort(new SnoopError('interrupted', "The 'snoop up' that started this is gone."));
  };
  if (process.connected) process.once('disconnect', onDisconnect);
  else onDisconnect();
  const stayed = await supervise({
    folder: values.state,
    forAuditlogger: context.environment.forAuditlogger,
    signal: AbortSignal.any([context.signal, lost.signal]),
    tell(message) {
      if (message.kind === 'ready') isReady = true;
      if (process.connected) process.send?.(message);
    },
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  if (process.connected) process.disconnect();
  return stayed ? 0 : 3;
}
