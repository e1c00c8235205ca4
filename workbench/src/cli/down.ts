import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { Context } from '../context.ts';
import { defineCommand, switchFlag, type Given } from '@snoop/snoopdb/command-line';
import { stateFlags } from '../command-line/flags.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { stopControlPlane } from '../control-plane/stop.ts';
import { removeKindCluster } from '../kind/down.ts';
import { findControlPlane } from '../control-plane/state.ts';
import { trySweep } from '../removal/sweep.ts';
import { findPlace, readRecord } from '../pair/place.ts';
import { endSession } from '../pair/session.ts';
import { readKindState } from '../kind/state.ts';
import { checkNoKindCluster } from '../kind/cluster-conflict.ts';

const flags = {
  kind: switchFlag('--kind', "delete the kind cluster of 'snoop up --kind'"),
  purge: switchFlag(
    '--purge',
    "delete everything: cluster, SnoopDB, runs, logs; ends the shared session ('snoop pair')",
  ),
  ...stateFlags,
};

export const command = defineCommand({
  name: 'snoop down',
  title: "stop what 'snoop up' started",
  usage: ['snoop down [options]', 'snoop down --kind [--purge]'],
  about: `
Keeps the cluster's data and SnoopDB for the next 'snoop up'. Succeeds if nothing runs. A kind cluster (--kind) is
deleted with its data, and its forward ends.`,
  flags,
  examples: `
snoop down
snoop down --purge --state /tmp/older
snoop down --kind`,
  exitCodes: '0 nothing runs · 2 wrong use · 3 it could not be stopped',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  if (values.kind === true) {
    await removeKind(folder, context);
    if (values.purge !== true) return 0;
  } else await remindOfKind(folder, values.purge === true, context);
  if (values.purge === true) await endSharedSession(folder, context);
  else await sweep(folder, context);
  const { ran, purged } = await stopControlPlane({ folder, purge: values.purge === true, progress, signal });
  const stopped = ran ? 'Stopped.' : `Nothing runs in ${folder}.`;
  if (values.purge !== true)
    progress.print(ran ? `${stopped} Its data stay in ${folder} for the next 'snoop up'.` : stopped);
  else progress.print(`${stopped} ${purged ? `Its data are deleted.` : 'There was nothing to delete.'}`);
  return 0;
}

async function removeKind(folder: string, { environment, progress, signal }: Context): Promise<void> {
  const { removed, gone } = await removeKindCluster({ folder, environment, progress, signal });
  if (removed !== null) progress.print(`The kind cluster '${removed}' is deleted.`);
  else if (gone === null) progress.print(`${folder} has no kind cluster.`);
  else progress.print(`The kind cluster '${gone}' was deleted already; its state is now deleted too.`);
}

/** Removes what killed runs left in the cluster's data. */
async function sweep(folder: string, { progress }: Context): Promise<void> {
  // stopControlPlane() reports an unreadable state.
  const running = await findControlPlane(folder).catch(() => null);
  if (!running) return;
  const ownKubeConfig = openOwnKubeConfig({ files: [running.kubeconfig], context: null });
  await trySweep({ ownKubeConfig, stateFolder: folder }, progress.print);
}

/** Ends the session whose panes use the state. */
async function endSharedSession(folder: string, { environment, progress, signal }: Context): Promise<void> {
  if (readRecord(findPlace(folder)) === null) return;
  const ran = await endSession({ stateFolder: folder, env: environment.forPrograms, progress, signal });
  if (ran) progress.print('The shared session has ended.');
}

/** Tells how to delete the kind cluster, which only --kind does. */
async function remindOfKind(folder: string, purge: boolean, { progress }: Context): Promise<void> {
  if (!purge) {
    const state = readKindState(folder);
    if (state) progress.print(`Its kind cluster '${state.name}' stays: 'snoop down --kind' deletes it, with its data.`);
    return;
  }
  checkNoKindCluster(folder, "'snoop down --kind --purge' deletes both.");
}
