import { setTimeout as wait } from 'node:timers/promises';
import { endProcess, isAlive, listOrphans } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { listNodes, removeNodes } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { deleteCluster } from './kind-program.ts';
import type { KindState } from './state.ts';

/** kind creates the first container within seconds; later ones are not ours. */
const creationMs = 120_000;
const creatorTimeoutMs = 10_000;

/**
 * Finds out whose cluster a name is: kind knows no owners, so the state remembers the containers of our `kind
 * create`.
 */
export function checkOwner(state: KindState | null, nodes: readonly NodeContainer[]): 'nobody' | 'us' | 'another' {
  if (nodes.length === 0) return 'nobody';
  if (!state) return 'another';
  if (nodes.some(({ id }) => state.containers.includes(id))) return 'us';
  if (state.phase !== 'creating' || state.containers.length > 0) return 'another';
  // The process was killed before it could record its containers.
  const since = Date.parse(state.createdAt);
  return nodes.every(({ createdAt }) => createdAt.getTime() >= since && createdAt.getTime() < since + creationMs)
    ? 'us'
    : 'another';
}

/**
 * Ends a running `kind create` and removes every node of our cluster.
 *
 * @param tools its signal must not be aborted
 */
export async function removeCluster(tools: Tools, state: KindState): Promise<void> {
  if (state.creator) await endCreator(state.creator, state.name);
  // The engine may still create a node that was requested just before.
  for (let quiet = 0; quiet < 3; ) {
    const nodes = await listNodes(tools, state.name);
    if (nodes.length === 0) {
      quiet += 1;
      await wait(200);
      continue;
    }
    quiet = 0;
    await deleteNodes(tools, state, nodes);
  }
}

async function deleteNodes(
  tools: Tools,
  { name, kubeconfig }: KindState,
  nodes: readonly NodeContainer[],
): Promise<void> {
  try {
    await deleteCluster(tools, name, kubeconfig);
  } catch (error) {
    // Without kind, remove the containers.
    if (!(error instanceof SnoopError) || error.code !== 'no_kind') throw error;
    await removeNodes(tools, nodes);
  }
}

async function endCreator(creator: NonNullable<KindState['creator']>, name: string): Promise<void> {
  if (isAlive(creator)) {
    try {
      process.kill(-creator.pid, 'SIGTERM');
    } catch {
      // It has just ended.
    }
    await endProcess(creator, creatorTimeoutMs);
  }
  for (const orphan of listOrphans(creator, [name])) await endProcess(orphan, creatorTimeoutMs);
}
