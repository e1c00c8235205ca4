import { existsSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLockFile } from '@snoop/snoopdb';
import { findControlPlane } from '../control-plane/state.ts';
import { withStateLock } from '../control-plane/state-lock.ts';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { parseRelease } from '../release.ts';
import { bringUp } from './bring-up.ts';
import { digestConfig, findChangedFiles } from './changed-files.ts';
import { createInitialState, createKindCluster } from './create.ts';
import { listNodes, requireDocker } from './docker.ts';
import type { Tools } from './docker.ts';
import { createForeignClusterError } from './cluster-conflict.ts';
import { defaultName, findOwnCluster, checkName } from './find-own.ts';
import { stopForwarder } from './forwarder-process.ts';
import { buildImages } from './images.ts';
import { checkKindVersion, requireKind } from './kind-program.ts';
import { requireKubectl } from './kubectl.ts';
import { findNodeImage } from './node-image.ts';
import { removeCluster } from './own-cluster.ts';
import { findKindFiles } from './kind-files.ts';
import type { KindFiles } from './kind-files.ts';
import { describeUsable, removeKindState, readKindState, writeKindState } from './state.ts';
import type { KindCluster, KindState } from './state.ts';
import { hasOwnIgnoreFile, createStateFolder } from '../state-folder.ts';

export interface KindUpOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** The cluster's name; default: the state's, or `snoop` for a new one. */
  readonly name?: string | undefined;
  /** The Kubernetes release that the node image must have. */
  readonly release?: string | undefined;
  /** The node image. */
  readonly image?: string | undefined;
  readonly environment: Environment;
  readonly progress: Progress;
  /** Removes everything again that was created. */
  readonly signal: AbortSignal;
}

export interface KindStarted {
  readonly cluster: KindCluster;
  /** Whether it existed before. */
  readonly existed: boolean;
  /** The repairs; empty for a new cluster. */
  readonly repaired: readonly string[];
}

/**
 * Starts a kind cluster with everything of ours in it, and returns when SnoopDB has seen a probe request. An existing
 * one is checked, and what is missing or outdated is repaired.
 *
 * @throws SnoopError `no_docker`, `docker_away`, `no_kind`, `old_kind`, `no_kubectl`, `no_node_image`, `other_cpu`,
 *   `cluster_exists`, `disk_full`, `kind_failed`, `not_ready`, `image_missing`; with exit code 2 `other_release`,
 *   `other_cluster`, `runs_locally`. A cluster that this call created is removed then.
 */
export async function startKindCluster(options: KindUpOptions): Promise<KindStarted> {
  const { folder } = options;
  const release = options.release === undefined ? undefined : parseRelease(options.release);
  if (options.name !== undefined) checkName(options.name);
  const existed = existsSync(folder);
  createStateFolder(folder);
  return withStateLock('snoop up --kind', options, async () => {
    try {
      return await start({ ...options, release });
    } catch (error) {
      if (!existed) removeEmptyFolder(folder);
      throw error;
    }
  });
}

async function start(options: KindUpOptions): Promise<KindStarted> {
  const { folder, name, release, image, environment, progress, signal } = options;
  const tools: Tools = { environment, signal };
  const files = findKindFiles();
  await checkNoLocalControlPlane(folder);
  const before = readKindState(folder);
  const { cpu } = await requireDocker(tools);
  const kind = await requireKind(tools);
  await requireKubectl(tools);
  const found = await findOwnCluster(tools, progress, { folder, name, release, image });
  let repaired: readonly string[] = [];
  if (found) {
    await buildIfPossible(options);
    repaired = await bringUp({ folder, files, tools, progress, existed: true }, found.state, found.nodes);
    await reportChanges(tools, files, found.state, progress);
  } else {
    // A cluster that was deleted manually is created again with its old image.
    const asBefore = release === undefined ? (before?.image ?? null) : null;
    const choice = { image, release, fromEnvironment: environment.kindImage ?? asBefore };
    const nodeImage = await findNodeImage(tools, progress, choice, cpu);
    checkKindVersion(kind, nodeImage.release);
    // Build first: without images, no cluster is needed.
    await buildImages(options);
    const wanted = name ?? before?.name ?? defaultName;
    await createOrRemove(options, files, createInitialState(folder, wanted, nodeImage, digestConfig(files)));
  }
  const state = readKindState(folder);
  const cluster = state && describeUsable(folder, state);
  if (cluster) return { cluster, existed: found !== null, repaired };
  throw new SnoopError('not_ready', 'The cluster runs, but the forward of its SnoopDB ended at once.', {
    advice: ["'snoop status' shows details; 'snoop up --kind' tries again."],
  });
}

async function reportChanges(tools: Tools, files: KindFiles, state: KindState, progress: Progress): Promise<void> {
  for (const node of state.controlPlanes.slice(0, 1)) {
    for (const note of await findChangedFiles(tools, files, node, state.configDigest)) progress.print(note);
  }
}

/** A failed build is reported but does not stop the other repairs of an existing cluster. */
async function buildIfPossible(options: KindUpOptions): Promise<void> {
  try {
    await buildImages(options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof SnoopError)) throw error;
    options.progress.print([error.message, ...error.advice, 'Using the existing images.'].join('\n  '));
  }
}

async function checkNoLocalControlPlane(folder: string): Promise<void> {
  const local = await findControlPlane(folder);
  if (!local) return;
  throw new SnoopError('runs_locally', `A local control plane runs in ${folder}, and a state folder has one cluster.`, {
    exitCode: 2,
    advice: ["Stop it first: 'snoop down'. Or keep both: 'snoop up --kind --state DIR'."],
  });
}

/** Creates a cluster; when that fails or is cancelled, everything of it is removed. */
async function createOrRemove(options: KindUpOptions, files: KindFiles, begun: KindState): Promise<void> {
  const { folder, environment, progress, signal } = options;
  const tools: Tools = { environment, signal };
  // Building took minutes: another cluster of this name may exist by now.
  if ((await listNodes(tools, begun.name)).length > 0) throw createForeignClusterError(begun.name);
  writeKindState(folder, begun);
  try {
    const state = await createKindCluster(tools, { folder, files, progress }, begun);
    const nodes = await listNodes(tools, state.name);
    await bringUp({ folder, files, tools, progress, existed: false }, state, nodes);
  } catch (error) {
    if (error instanceof SnoopError && error.code === 'cluster_exists') {
      removeKindState(folder);
      throw error;
    }
    // The cleanup must not use the aborted signal.
    const tidying: Tools = { environment, signal: new AbortController().signal };
    const left = readKindState(folder) ?? begun;
    await progress.step(`Removing the cluster '${begun.name}' again`, async () => {
      await stopForwarder(left.forwarder);
      await removeCluster(tidying, left);
    });
    removeKindState(folder);
    throw error;
  }
}

/** The lock created the folder; remove it if nothing else is in it. */
function removeEmptyFolder(folder: string): void {
  const names = readdirSync(folder);
  if (!names.every((name) => isLockFile(name) || (name === '.gitignore' && hasOwnIgnoreFile(folder)))) return;
  for (const name of names) rmSync(join(folder, name), { force: true });
  try {
    rmdirSync(folder);
  } catch {
    // Another process already waits for the lock.
  }
}
