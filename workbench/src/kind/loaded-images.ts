import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { runOnNode } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { loadImages } from './kind-program.ts';
import { inspectImage } from './node-image.ts';
import { explainOutcome } from './program-error.ts';
import { createKindLayout } from './state.ts';
import type { KindState } from './state.ts';

/** Longer than SnoopDB needs to stop. */
const stopSeconds = 30;
const runtimeWithinMs = 60_000;
const pollMs = 500;

/** Finds the ids of our images on this machine, by name. */
export async function identifyImages(tools: Tools, names: readonly string[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of names) {
    const found = await inspectImage(tools, name);
    if (!found) {
      throw new SnoopError('no_image', `The image ${name} is not on this machine.`, {
        advice: ["'snoop kind images' builds it."],
      });
    }
    ids[name] = found.id;
  }
  return ids;
}

/** Loads images that a control plane lacks or has in an older version (all our Pods run there). Returns their names. */
export async function loadMissing(
  tools: Tools,
  progress: Progress,
  {
    folder,
    state,
    nodes,
    images,
  }: { folder: string; state: KindState; nodes: readonly NodeContainer[]; images: Record<string, string> },
): Promise<string[]> {
  const places = nodes.filter(isControlPlane).map(({ name }) => name);
  const onNodes = await Promise.all(places.map((name) => listImages(tools, name)));
  const wanted = Object.entries(images)
    .filter(([name, id]) => state.images[name] !== id || onNodes.some((tags) => !tags.has(name)))
    .map(([name]) => name);
  if (wanted.length === 0) return [];
  const scratch = join(createKindLayout(folder).folder, 'scratch');
  mkdirSync(scratch, { recursive: true });
  try {
    await progress.step(
      `Loading ${wanted.length === 1 ? wanted[0] : `${wanted.length} images`} into ${places.join(', ')}`,
      () => loadImages(tools, { name: state.name, nodes: places, images: wanted, scratch }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return wanted;
}

/**
 * Stops containers that run an older image than the node has; the kubelet restarts them from the newer one.
 *
 * @returns the names of the containers
 */
export async function replaceOutdated(
  tools: Tools,
  nodes: readonly NodeContainer[],
  names: readonly string[],
): Promise<string[]> {
  const replaced = new Set<string>();
  for (const { name: node } of nodes.filter(isControlPlane)) {
    const ids = await listImages(tools, node);
    for (const { id, name, image, imageId } of await listContainers(tools, node)) {
      const current = ids.get(image);
      if (!names.includes(image) || current === undefined || current === imageId) continue;
      await runOnNode(tools, node, ['crictl', 'stop', '--timeout', String(stopSeconds), id]);
      replaced.add(name);
    }
  }
  return [...replaced];
}

function isControlPlane({ role }: NodeContainer): boolean {
  return role === 'control-plane';
}

/** Lists the images on a node, by name. */
async function listImages(tools: Tools, node: string): Promise<Map<string, string>> {
  const stdout = await askRuntime(tools, node, ['images', '--output', 'json']);
  const list = readList<{ id: string; repoTags?: readonly string[] }>(stdout, 'images');
  return new Map(list.flatMap(({ id, repoTags = [] }) => repoTags.map((tag): [string, string] => [tag, id])));
}

/**
 * Runs crictl on a node, and waits for the container runtime of a node that was just started.
 *
 * @throws SnoopError `not_ready` when there is no answer in time
 */
async function askRuntime(tools: Tools, node: string, args: readonly string[]): Promise<string> {
  const deadline = performance.now() + runtimeWithinMs;
  for (;;) {
    const outcome = await runOnNode(tools, node, ['crictl', ...args]);
    if (outcome.exitCode === 0) return outcome.stdout;
    if (performance.now() > deadline)
      throw explainOutcome('not_ready', `The container runtime of the node ${node} does not answer.`, outcome);
    await wait(pollMs, undefined, { signal: tools.signal }).catch(() => tools.signal.throwIfAborted());
  }
}

interface RunningContainer {
  readonly id: string;
  readonly name: string;
  /** As named in the Pod. */
  readonly image: string;
  readonly imageId: string;
}

async function listContainers(tools: Tools, node: string): Promise<RunningContainer[]> {
  const stdout = await askRuntime(tools, node, ['ps', '--output', 'json']);
  type Listed = {
    id: string;
    imageRef: string;
    imageId?: string;
    image: { userSpecifiedImage?: string; image: string };
    metadata: { name: string };
  };
  return readList<Listed>(stdout, 'containers').map(({ id, imageRef, imageId, image, metadata }) => ({
    id,
    name: metadata.name,
    image: image.userSpecifiedImage || image.image,
    imageId: imageId || imageRef,
  }));
}

function readList<T>(text: string, key: string): readonly T[] {
  try {
    const list: unknown = Reflect.get(JSON.parse(text), key);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
