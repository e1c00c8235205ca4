import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';

export const help = `snoop down: stops what 'snoop up' started

Usage: snoop down [options]
       snoop down --kind [--purge]

The cluster's data and SnoopDB are kept for the next 'snoop up'. Says so when nothing runs; that is no error. A kind cluster
(--kind) is deleted with its data, which are inside of it, and its forward ends.

Options:
  --kind        delete the kind cluster that 'snoop up --kind' made
  --purge       forget everything of the state: cluster, SnoopDB, runs, logs; ends its shared session ('snoop pair')
  --state DIR   the state folder (default: .snoop in the project)

Examples:
  snoop down
  snoop down --purge --state /tmp/older
  snoop down --kind

Environment:
  SNOOP_STATE   the state folder

Exit codes: 0 nothing runs any more · 2 wrong use · 3 it could not be stopped
`;

const options = { kind: { type: 'boolean' }, purge: { type: 'boolean' }, state: { type: 'string' } } as const;

/** @returns 0: nothing runs any more */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('down', args, options);
  const { environment, progress, signal, cwd } = context;
  const { resolveStateFolder } = await import('../state-folder.ts');
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  if (values.kind === true) {
    await removeKind(folder, context);
    if (values.purge !== true) return 0;
  } else await remindOfKind(folder, values.purge === true, context);
  if (values.purge === true) await endSharedSession(folder, context);
  else await sweep(folder, context);
  const { stopControlPlane } = await import('../control-plane/stop.ts');
  const { ran, purged } = await stopControlPlane({ folder, purge: values.purge === true, progress, signal });
  const stopped = ran ? 'Stopped.' : `Nothing runs in ${folder}.`;
  if (values.purge !== true)
    progress.say(ran ? `${stopped} Its data stay in ${folder} for the next 'snoop up'.` : stopped);
  else progress.say(`${stopped} ${purged ? `Its data are forgotten.` : 'There was nothing to forget.'}`);
  return 0;
}

async function removeKind(folder: string, { environment, progress, signal }: Context): Promise<void> {
  const { removeKindCluster } = await import('../kind/down.ts');
  const { removed, gone } = await removeKindCluster({ folder, environment, progress, signal });
  if (removed !== null) progress.say(`The kind cluster '${removed}' is deleted.`);
  else if (gone === null) progress.say(`${folder} has no kind cluster.`);
  else progress.say(`The kind cluster '${gone}' was gone already; it is forgotten.`);
}

/** What killed runs left in the cluster would stay in its data, which stay. */
async function sweep(folder: string, { progress }: Context): Promise<void> {
  const { findControlPlane } = await import('../control-plane/state.ts');
  // A state that cannot be read is the business of the stop.
  const running = await findControlPlane(folder).catch(() => null);
  if (!running) return;
  const { openHouseKeeping } = await import('../audited-cluster/house-keeping.ts');
  const { sweepInPassing } = await import('../removal/sweep.ts');
  const houseKeeping = openHouseKeeping({ files: [running.kubeconfig], context: null });
  await sweepInPassing({ houseKeeping, stateFolder: folder }, progress.say);
}

/** Its panes work on the state that is about to be forgotten. */
async function endSharedSession(folder: string, { environment, progress, signal }: Context): Promise<void> {
  const { findPlace, readRecord } = await import('../pair/place.ts');
  if (readRecord(findPlace(folder)) === null) return;
  const { endSession } = await import('../pair/session.ts');
  const ran = await endSession({ stateFolder: folder, env: environment.forPrograms, progress, signal });
  if (ran) progress.say('The shared session is ended.');
}

/** A kind cluster is deleted only when that is asked for. */
async function remindOfKind(folder: string, purge: boolean, { progress }: Context): Promise<void> {
  const { readKindState } = await import('../kind/state.ts');
  if (!purge) {
    const state = readKindState(folder);
    if (state) progress.say(`Its kind cluster '${state.name}' stays: 'snoop down --kind' deletes it, with its data.`);
    return;
  }
  const { refuseKindCluster } = await import('../kind/exclusive.ts');
  refuseKindCluster(folder, "'snoop down --kind --purge' forgets both.");
}
