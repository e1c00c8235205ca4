import type { Progress } from '../progress.ts';
import { openAdminAccess } from './cluster-request.ts';
import { setExecPolicy } from './exec-policy.ts';
import { chooseExecSettings } from './exec-programs.ts';
import type { Layout } from './layout.ts';
import { setNodeCount, waitForNodes } from './node-objects.ts';
import type { NodeSettings, WantedNodes } from './node-settings.ts';
import { readState } from './state.ts';
import type { ControlPlane, State } from './state.ts';

export interface NodesOptions {
  /** Simulated nodes; default: those of the state, without exec. */
  readonly nodes?: WantedNodes | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Whether the running parts are those for the wanted nodes. */
export function hasWantedParts({ nodes }: ControlPlane, wanted: WantedNodes | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.count === 0 ? nodes === null : nodes !== null && (nodes.exec !== null) === wanted.exec;
}

/** Exec is never kept: each start that allows it says so. */
export function chooseNodes(earlier: State | null, { nodes: wanted, progress }: NodesOptions): NodeSettings | null {
  if (wanted !== undefined) {
    return wanted.count === 0 ? null : { exec: wanted.exec ? chooseExecSettings() : null };
  }
  if (!earlier?.nodes) return null;
  if (earlier.nodes.exec) progress.print('exec in nodes is off now: --nodes N --nodes-exec turns it on.');
  return { exec: null };
}

/** Creates and deletes nodes until there are as many as wanted, and waits until all are ready. */
export async function provideNodes(layout: Layout, { nodes: wanted, progress, signal }: NodesOptions): Promise<void> {
  const state = readState(layout);
  if (!state || (wanted === undefined && !state.nodes)) return;
  const { nodes, ports } = state;
  const access = openAdminAccess(layout, state);
  await progress.step('Waiting for the nodes', async () => {
    await setExecPolicy(access, nodes?.exec === null, signal);
    if (wanted !== undefined) await setNodeCount(access, wanted.count, signal);
    if (nodes && ports) await waitForNodes(access, ports.kubelet, signal);
  });
}
