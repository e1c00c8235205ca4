import { withStateLock } from '../control-plane/state-lock.ts';
import type { Environment } from '../environment.ts';
import type { Progress } from '../progress.ts';
import { listNodes, requireDocker } from './docker.ts';
import type { Tools } from './docker.ts';
import { stopForwarder } from './forwarder-process.ts';
import { checkOwner, removeCluster } from './own-cluster.ts';
import { removeKindState, readKindState, writeKindState } from './state.ts';

export interface KindDownOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface KindRemoved {
  /** The name of the removed cluster; null: none. */
  readonly removed: string | null;
  /** The name of the state's cluster if it had been deleted before. */
  readonly gone: string | null;
}

/**
 * Deletes the state's kind cluster with its data, its forward and its state. A cluster of another state is not
 * touched.
 */
export async function removeKindCluster(options: KindDownOptions): Promise<KindRemoved> {
  const { folder, environment, progress, signal } = options;
  if (readKindState(folder) === null) return { removed: null, gone: null };
  return withStateLock('snoop down --kind', options, async () => {
    const state = readKindState(folder);
    if (!state) return { removed: null, gone: null };
    const tools: Tools = { environment, signal };
    await requireDocker(tools);
    const owner = checkOwner(state, await listNodes(tools, state.name));
    // From here on the cluster is incomplete; its forward stops by itself.
    writeKindState(folder, { ...state, phase: 'deleting' });
    await stopForwarder(state.forwarder);
    if (owner !== 'another' && (owner === 'us' || state.creator)) {
      await progress.step(`Deleting the kind cluster '${state.name}'`, () => removeCluster(tools, state));
    }
    removeKindState(folder);
    return owner === 'us' ? { removed: state.name, gone: null } : { removed: null, gone: state.name };
  });
}
