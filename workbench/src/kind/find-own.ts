import { SnoopError, wrongUse } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { listNodes } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { createForeignClusterError } from './cluster-conflict.ts';
import { stopForwarder } from './forwarder-process.ts';
import { checkOwner, removeCluster } from './own-cluster.ts';
import { removeKindState, readKindState } from './state.ts';
import type { KindState } from './state.ts';

export const defaultName = 'snoop';

/** The cluster that a user asked for. */
export interface ClusterRequest {
  /** The state folder. */
  readonly folder: string;
  readonly name?: string | undefined;
  readonly release?: string | undefined;
  readonly image?: string | undefined;
}

/** A state's cluster with its nodes. */
export interface OwnCluster {
  readonly state: KindState;
  readonly nodes: readonly NodeContainer[];
}

/**
 * Finds the state's cluster if its nodes exist. The rest of an interrupted call is removed first.
 *
 * @throws SnoopError `cluster_exists` when the name belongs to another cluster; `other_cluster`, `other_release`
 *   (exit code 2)
 */
export async function findOwnCluster(
  tools: Tools,
  progress: Progress,
  wish: ClusterRequest,
): Promise<OwnCluster | null> {
  const { folder } = wish;
  const state = readKindState(folder);
  const name = state?.name ?? wish.name ?? defaultName;
  const nodes = await listNodes(tools, name);
  const owner = checkOwner(state, nodes);
  if (!state) {
    if (owner === 'another') throw createForeignClusterError(name);
    return null;
  }
  if (owner === 'us' && state.phase === 'running') {
    checkSameCluster(state, wish);
    return { state, nodes };
  }
  if (owner === 'another') progress.print(`The cluster '${name}' of this state was replaced by another one.`);
  else if (state.phase === 'running') progress.print(`The cluster '${name}' was deleted; creating it again.`);
  else {
    progress.print(`The last call was interrupted; removing the rest of the cluster '${name}'.`);
    await progress.step('Removing it', () => removeCluster(tools, state));
  }
  await stopForwarder(state.forwarder);
  removeKindState(folder);
  const wanted = wish.name ?? state.name;
  if (checkOwner(null, await listNodes(tools, wanted)) === 'another') throw createForeignClusterError(wanted);
  return null;
}

/** Another name, release or image means another cluster. */
function checkSameCluster(state: KindState, { name, release, image, folder }: ClusterRequest): void {
  const advice = ["Remove it first: 'snoop down --kind'. Or keep both: 'snoop up --kind --name OTHER --state DIR'."];
  const refuse = (code: string, sentence: string): SnoopError =>
    new SnoopError(code, sentence, { exitCode: 2, advice });
  if (name !== undefined && name !== state.name)
    throw refuse('other_cluster', `The kind cluster of ${folder} is '${state.name}', not '${name}'.`);
  if (release !== undefined && release !== state.release)
    throw refuse('other_release', `The cluster '${state.name}' is Kubernetes ${state.release}, not ${release}.`);
  if (image !== undefined && image !== state.image)
    throw refuse('other_cluster', `The cluster '${state.name}' was created from ${state.image}, not from ${image}.`);
}

/**
 * Checks a cluster name as kind does; it must be short, since node names start with it.
 *
 * @throws SnoopError `wrong_use`, exit code 2
 */
export function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{0,39}$/.test(name)) return;
  throw wrongUse(
    `'${name}' cannot be a kind cluster's name.`,
    'Use at most 40 small letters, digits, dots and hyphens, starting with a letter or digit: --name older',
  );
}
