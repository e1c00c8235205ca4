import { resolveStateFolder } from '../control-plane/state-folder.ts';
import type { Context } from './context.ts';
import { parseFlags } from './flags.ts';

export const help = `snoop down: stops what 'snoop up' started

Usage: snoop down [options]

The cluster's data and SnoopDB are kept for the next 'snoop up'. Says so when nothing runs; that is no error.

Options:
  --purge       forget everything of the state: cluster, SnoopDB, runs, logs
  --state DIR   the state folder (default: .snoop in the project)

Examples:
  snoop down
  snoop down --purge --state /tmp/older

Environment:
  SNOOP_STATE   the state folder
`;

const options = { purge: { type: 'boolean' }, state: { type: 'string' } } as const;

/** @returns 0: nothing runs any more */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('down', args, options);
  const { environment, progress, signal, cwd } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  const { stopControlPlane } = await import('../control-plane/stop.ts');
  const { ran, purged } = await stopControlPlane({ folder, purge: values.purge === true, progress, signal });
  const stopped = ran ? 'Stopped.' : `Nothing runs in ${folder}.`;
  if (values.purge !== true)
    progress.say(ran ? `${stopped} Its data stay in ${folder} for the next 'snoop up'.` : stopped);
  else progress.say(`${stopped} ${purged ? `Its data are forgotten.` : 'There was nothing to forget.'}`);
  return 0;
}
