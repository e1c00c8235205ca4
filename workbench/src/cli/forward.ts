import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';

export const help = `snoop forward: forwards a kind cluster's SnoopDB to loopback; 'snoop up --kind' calls it, people do not

Usage: snoop forward --state DIR --node NAME [--port PORT]

Examples:
  snoop up --kind

Exit codes: 0 it was stopped, or its cluster is gone · 2 wrong use · 3 it could not listen
`;

const options = { state: { type: 'string' }, node: { type: 'string' }, port: { type: 'string' } } as const;

/** @returns 0: it was stopped, or its cluster is gone */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('forward', args, options);
  const { state: folder, node } = values;
  if (folder === undefined || node === undefined) {
    throw new SnoopError('wrong_use', "This is called by 'snoop up --kind'.", {
      exitCode: 2,
      advice: ["Call 'snoop up --kind'."],
    });
  }
  const { keepForward } = await import('../kind/keep-forward.ts');
  let accepted = false;
  const lost = new AbortController();
  process.once('message', () => {
    accepted = true;
  });
  // Before it was written down whose forward this is, an 'up' waits at the other end; when that is gone, nobody would find it.
  const onDisconnect = (): void => {
    if (!accepted) lost.abort(new SnoopError('interrupted', "The 'snoop up --kind' that started this is gone."));
  };
  if (process.connected) process.once('disconnect', onDisconnect);
  await keepForward({
    folder,
    node,
    port: values.port === undefined ? null : Number(values.port),
    environment: context.environment,
    signal: AbortSignal.any([context.signal, lost.signal]),
    tell: (message) => void process.send?.(message),
    log: (text) => void context.stderr.write(`${new Date().toISOString()} ${text}\n`),
  });
  return 0;
}
