import { SnoopError, wrongUse } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { listNodes } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { refuseForeign } from './exclusive.ts';
import { stopForwarder } from './forwarder-process.ts';
import { judgeOwner, removeCluster } from './own-cluster.ts';
import { forgetKindState, readKindState } from './state.ts';
import type { KindState } from './state.ts';

export const defaultName = 'snoop';

/** What a person wants of a cluster. */
export interface Wish {
  /** The state folder. */
  readonly folder: string;
  readonly name?: string | undefined;
  readonly release?: string | undefined;
  readonly image?: string | undefined;
}

/** The cluster of a state, and its nodes. */
export interface OwnCluster {
  readonly state: KindState;
  readonly nodes: readonly NodeContainer[];
}

/**
 * The state's cluster, when its nodes are there. What an interrupted call left of one is removed first.
 *
 * @throws SnoopError `cluster_exists` when the wanted name is somebody else's; `other_cluster`, `other_release` (exit code 2)
 */
export async function findOwn(tools: Tools, progress: Progress, wish: Wish): Promise<OwnCluster | null> {
  const { folder } = wish;
  const state = readKindState(folder);
  const name = state?.name ?? wish.name ?? defaultName;
  const nodes = await listNodes(tools, name);
  const owner = judgeOwner(state, nodes);
  if (!state) {
    if (owner === 'another') throw refuseForeign(name);
    return null;
  }
  if (owner === 'us' && state.phase === 'running') {
    refuseOther(state, wish);
    return { state, nodes };
  }
  if (owner === 'another') progress.say(`Another cluster named '${name}' stands where this state's was.`);
  else if (state.phase === 'running') progress.say(`The cluster '${name}' was deleted; it is made anew.`);
  else {
    progress.say(`The last call was interrupted; what it left of the cluster '${name}' is removed.`);
    await progress.step('Removing it', () => removeCluster(tools, state));
  }
  await stopForwarder(state.forwarder);
  forgetKindState(folder);
  const wanted = wish.name ?? state.name;
  if (judgeOwner(null, await listNodes(tools, wanted)) === 'another') throw refuseForeign(wanted);
  return null;
}

/** A cluster is what it is: another name, release or image is another cluster. */
function refuseOther(state: KindState, { name, release, image, folder }: Wish): void {
  const advice = ["Remove it first: 'snoop down --kind'. Or keep both: 'snoop up --kind --name OTHER --state DIR'."];
  const refuse = (code: string, sentence: string): SnoopError =>
    new SnoopError(code, sentence, { exitCode: 2, advice });
  if (name !== undefined && name !== state.name)
    throw refuse('other_cluster', `The kind cluster of ${folder} is '${state.name}', and '${name}' is wanted.`);
  if (release !== undefined && release !== state.release)
    throw refuse(
      'other_release',
      `The cluster '${state.name}' is Kubernetes ${state.release}, and ${release} is wanted.`,
    );
  if (image !== undefined && image !== state.image)
    throw refuse('other_cluster', `The cluster '${state.name}' was made from ${state.image}, and ${image} is wanted.`);
}

/**
 * What kind takes as a name; the nodes are called after it, so it has to be short, too.
 *
 * @throws SnoopError `wrong_use`, exit code 2
 */
export function refuseName(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{0,39}$/.test(name)) return;
  throw wrongUse(
    `'${name}' cannot be a kind cluster's name.`,
    'At most 40 small letters, digits, dots and hyphens, a letter or digit first: --name older',
  );
}
