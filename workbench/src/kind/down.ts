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
  /** The name of the cluster that was removed; null: there was none. */
  readonly removed: string | null;
  /** The state's cluster was deleted by somebody before; its name. */
  readonly gone: string | null;
}

/** Deletes the state's kind cluster with its data, ends its forward and forgets it. A cluster that this state did not make stays. */
export async function removeKindCluster(options: KindDownOptions): Promise<KindRemoved> {
  const { folder, environment, progress, signal } = options;
  if (readKindState(folder) === null) return { removed: null, gone: null };
  return withStateLock('snoop down --kind', options, async () => {
    const state = readKindState(folder);
    if (!state) return { removed: null, gone: null };
    const tools: Tools = { environment, signal };
    await requireDocker(tools);
    const owner = checkOwner(state, await listNodes(tools, state.name));
    // From here on it is half a cluster, whatever happens; and its forward ends by itself.
    writeKindState(folder, { ...state, phase: 'deleting' });
    await stopForwarder(state.forwarder);
    if (owner !== 'another' && (owner === 'us' || state.creator)) {
      await progress.step(`Deleting the kind cluster '${state.name}'`, () => removeCluster(tools, state));
    }
    removeKindState(folder);
    return owner === 'us' ? { removed: state.name, gone: null } : { removed: null, gone: state.name };
  });
}
