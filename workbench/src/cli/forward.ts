import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';

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
    throw wrongUse("This is called by 'snoop up --kind'.", "Call 'snoop up --kind'.");
  }
  const { runForwarder } = await import('../kind/forwarder-program.ts');
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
