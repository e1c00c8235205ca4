import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, isSystemError, writeFileAtomically } from '@snoop/snoopdb';
import type { Baseline, ProcessIdentity } from '@snoop/snoopdb';
import { formatPageUrl } from '../control-plane/page.ts';
import { SnoopError } from '../errors.ts';
import { createStateFolder } from '../state-folder.ts';

/** The paths of a kind cluster in a state folder; all are absolute. */
export interface KindLayout {
  readonly folder: string;
  readonly state: string;
  readonly kubeconfig: string;
  /** The forward's log. */
  readonly log: string;
  readonly pageLog: string;
}

/** @param stateFolder absolute, from `resolveStateFolder` */
export function createKindLayout(stateFolder: string): KindLayout {
  const folder = join(stateFolder, 'kind');
  return {
    folder,
    state: join(folder, 'cluster.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    log: join(folder, 'forward.log'),
    pageLog: join(folder, 'ui.log'),
  };
}

/**
 * The content of `cluster.json`. Only `up` and `down` write it, under the state folder's lock; it is written before
 * the cluster exists, so that the rest of a killed `up` can be found.
 */
export interface KindState {
  readonly format: 1;
  readonly name: string;
  /** The node image's own release. */
  readonly release: string;
  /** The node image's name. */
  readonly image: string;
  /** The hash of its kind.yaml. */
  readonly configDigest: string;
  /** `kind-<name>` */
  readonly context: string;
  readonly kubeconfig: string;
  readonly phase: 'creating' | 'running' | 'deleting';
  readonly createdAt: string;
  /** The running `kind create`, which survives a killed `up`. */
  readonly creator: ProcessIdentity | null;
  /** The ids of the node containers; a later cluster of the same name has others. */
  readonly containers: readonly string[];
  /** Names of the control planes, which are also the sources of the events. SnoopDB is on the first. */
  readonly controlPlanes: readonly string[];
  /** The ids of the loaded images, by name. */
  readonly images: Readonly<Record<string, string>>;
  /** SnoopDB through the forward; the URL contains the password. */
  readonly snoopdb: { readonly url: string; readonly port: number } | null;
  readonly forwarder: ProcessIdentity | null;
  /** The page, which the forward's process keeps running. */
  readonly ui?: { readonly port: number } | null;
  /** What is known once everything is ready. */
  readonly ready: {
    readonly at: string;
    readonly clusterVersion: string;
    readonly server: string;
    readonly baseline: Baseline;
  } | null;
}

/**
 * Reads `cluster.json`; null when it does not exist.
 *
 * @throws SnoopError `bad_state` when this program did not write it
 */
export function readKindState(stateFolder: string): KindState | null {
  const { state: file } = createKindLayout(stateFolder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return null;
    throw new SnoopError('bad_state', `${file} cannot be read.`, { cause: error });
  }
  try {
    const state: KindState = JSON.parse(text);
    if (state.format === 1) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SnoopError('bad_state', `${file} was not written by this version of snoop.`, {
    advice: [
      `'kind get clusters' lists clusters, 'kind delete cluster --name NAME' deletes one; then remove the folder ${createKindLayout(stateFolder).folder}.`,
    ],
  });
}

/** Writes `cluster.json`, readable only by its owner, since it contains a password. */
export function writeKindState(stateFolder: string, state: KindState): void {
  const layout = createKindLayout(stateFolder);
  createStateFolder(stateFolder);
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  writeFileAtomically(layout.state, `${JSON.stringify(state, null, 2)}\n`);
}

/** Removes the state of a deleted cluster. */
export function removeKindState(stateFolder: string): void {
  rmSync(createKindLayout(stateFolder).folder, { recursive: true, force: true });
}

/** A kind cluster that commands can use. */
export interface KindCluster {
  /** The state folder. */
  readonly folder: string;
  readonly name: string;
  /** The node image's release. */
  readonly release: string;
  readonly clusterVersion: string;
  /** The sources of its events, one per control plane. */
  readonly sources: readonly string[];
  /** The kubeconfig's path. */
  readonly kubeconfig: string;
  readonly context: string;
  /** The API server's address on this machine. */
  readonly server: string;
  /** SnoopDB through the forward; the URL contains the password. */
  readonly snoopdb: { readonly url: string };
  /** null: not served. */
  readonly ui: { readonly url: string } | null;
  readonly startedAt: string;
  readonly baseline: Baseline;
}

/**
 * Finds the kind cluster of a state folder; null when there is none or its SnoopDB is not forwarded (`snoop up
 * --kind` repairs that).
 */
export async function findKindCluster(stateFolder: string): Promise<KindCluster | null> {
  const state = readKindState(stateFolder);
  return state && describeUsable(stateFolder, state);
}

/** The same for a state that was read already. */
export function describeUsable(stateFolder: string, state: KindState): KindCluster | null {
  const { phase, forwarder, ready, snoopdb, ui } = state;
  if (phase !== 'running' || !forwarder || !isAlive(forwarder) || !ready || !snoopdb) return null;
  return {
    folder: stateFolder,
    name: state.name,
    release: state.release,
    clusterVersion: ready.clusterVersion,
    sources: state.controlPlanes,
    kubeconfig: state.kubeconfig,
    context: state.context,
    server: ready.server,
    snoopdb: { url: snoopdb.url },
    ui: ui ? { url: formatPageUrl(ui.port) } : null,
    startedAt: state.createdAt,
    baseline: ready.baseline,
  };
}
