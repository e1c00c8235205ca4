import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { findStateTarget, type StateTarget } from '../cluster-choice/select-target.ts';
import { createLayout } from '../control-plane/layout.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { findControlPlane, readState } from '../control-plane/state.ts';
import { stopControlPlane } from '../control-plane/stop.ts';
import type { Environment } from '../environment.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { checkNoKindCluster } from '../kind/cluster-conflict.ts';
import type { Progress } from '../progress.ts';
import { defaultRelease, parseRelease } from '../release.ts';

export interface ClusterWish {
  readonly folder: string;
  readonly release: string | undefined;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Conformance specs need two schedulable nodes. */
const leastNodes = 2;

/** Chooses the release of the local control plane: the one named, else the state folder's, else the default. */
export function chooseLocalRelease({ folder, release }: ClusterWish): string {
  checkNoKindCluster(folder);
  return release === undefined ? (readState(createLayout(folder))?.release ?? defaultRelease) : parseRelease(release);
}

/**
 * Runs work with the local control plane and its simulated nodes. One that does not run is started, and stopped
 * afterwards; its data are kept.
 *
 * @param nodes null: those it has, or two
 */
export async function withLocalCluster<T>(
  wish: ClusterWish & { readonly nodes: number | null },
  work: (target: StateTarget) => Promise<T>,
): Promise<T> {
  const { folder, progress, nodes } = wish;
  const running = await findControlPlane(folder);
  const keeps = nodes === null && running?.nodes != null;
  const wanted = keeps ? undefined : { count: nodes ?? leastNodes, exec: false };
  try {
    await startControlPlane({ ...wish, nodes: wanted });
    const target = await findStateTarget(folder);
    if (target === null) throw new SnoopError('no_control_plane', `The control plane in ${folder} has stopped.`);
    return await work(target);
  } finally {
    // Ctrl-C does not interrupt it.
    const stopping = { folder, purge: false, progress, signal: new AbortController().signal };
    if (running === null) await stopControlPlane(stopping);
  }
}

/** Finds the kind cluster of the state folder, with its version. @throws SnoopError `no_control_plane`, `wrong_use` */
export async function findKindTarget({
  folder,
  release,
}: ClusterWish): Promise<{ readonly target: StateTarget; readonly release: string }> {
  const target = await findStateTarget(folder);
  if (target?.kind !== 'kind') {
    throw new SnoopError('no_control_plane', `No kind cluster runs in ${folder}.`, {
      exitCode: 2,
      advice: ["Start it: 'snoop up --kind'."],
    });
  }
  const version = await fetchClusterVersion(openOwnKubeConfig(target.kubeconfig), target.server);
  if (release !== undefined && parseRelease(release) !== version) {
    throw wrongUse(`The kind cluster has Kubernetes ${version}, not ${release}.`, 'Omit --release.');
  }
  return { target, release: version };
}
