import { setTimeout as wait } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import { listNodes } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { createCluster } from './kind-program.ts';
import type { NodeImage } from './node-image.ts';
import type { KindFiles } from './kind-files.ts';
import { createKindLayout, writeKindState } from './state.ts';
import type { KindState } from './state.ts';

const pollMs = 500;

/** The state that is written before the cluster is created. */
export function createInitialState(folder: string, name: string, image: NodeImage, configDigest: string): KindState {
  return {
    format: 1,
    name,
    release: image.release,
    image: image.name,
    configDigest,
    context: `kind-${name}`,
    kubeconfig: createKindLayout(folder).kubeconfig,
    phase: 'creating',
    createdAt: new Date().toISOString(),
    creator: null,
    containers: [],
    controlPlanes: [],
    images: {},
    snoopdb: null,
    forwarder: null,
    ready: null,
  };
}

/**
 * Creates the cluster of a written state, and records its nodes as they appear.
 *
 * @throws SnoopError `kind_failed`, `disk_full`; the signal's reason. The caller removes what was created.
 *   `cluster_exists`: nothing was created, the name belongs to another cluster.
 */
export async function createKindCluster(
  tools: Tools,
  { folder, files, progress }: { folder: string; files: KindFiles; progress: Progress },
  begun: KindState,
): Promise<KindState> {
  let state = begun;
  const note = (change: Partial<KindState>): void => {
    state = { ...state, ...change };
    writeKindState(folder, state);
  };
  const over = new AbortController();
  const watching = watchNodes(tools, begun.name, over.signal, (nodes) => {
    if (nodes.length > state.containers.length) note({ containers: nodes.map(({ id }) => id) });
  });
  try {
    await progress.step(`Creating the kind cluster '${begun.name}' (Kubernetes ${begun.release})`, (update) =>
      createCluster(tools, {
        name: begun.name,
        image: begun.image,
        config: files.config,
        cwd: files.root,
        kubeconfig: begun.kubeconfig,
        onLine: (line) => {
          const title = parseStep(line);
          if (title !== null) update(title);
        },
        onStart: (creator) => note({ creator }),
      }),
    );
  } finally {
    over.abort();
    await watching;
  }
  const nodes = await listNodes(tools, begun.name);
  note({ creator: null, ...describeNodes(nodes) });
  return state;
}

/** The part of a state that follows from the nodes. */
export function describeNodes(nodes: readonly NodeContainer[]): Pick<KindState, 'containers' | 'controlPlanes'> {
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane').map(({ name }) => name);
  return { containers: nodes.map(({ id }) => id), controlPlanes };
}

/** `• Preparing nodes 📦` → `Preparing nodes`. kind prints a step at its start (•) and its end (✓). */
export function parseStep(line: string): string | null {
  return /^\s*[•]\s+([\p{L}\p{N}][\p{L}\p{N} ,.:/_-]*)/u.exec(line)?.[1]?.replace(/[\s.]+$/, '') ?? null;
}

/** Polls the nodes until the signal is aborted. */
async function watchNodes(
  tools: Tools,
  name: string,
  signal: AbortSignal,
  onNodes: (nodes: readonly NodeContainer[]) => void,
): Promise<void> {
  const abortable: Tools = { ...tools, signal };
  try {
    for (;;) {
      onNodes(await listNodes(abortable, name));
      await wait(pollMs, undefined, { signal });
    }
  } catch {
    // Aborted; or Docker is unavailable, which kind reports itself.
  }
}
