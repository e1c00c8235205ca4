import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, isSystemError, writeWholeFile } from '@snoop/snoopdb';
import type { Baseline, ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { createStateFolder } from '../state-folder.ts';

/** Where a state folder keeps what belongs to its kind cluster; all paths are absolute. */
export interface KindLayout {
  readonly folder: string;
  readonly state: string;
  readonly kubeconfig: string;
  /** What the forward says. */
  readonly log: string;
}

/** @param stateFolder absolute, as `resolveStateFolder` gives it */
export function createKindLayout(stateFolder: string): KindLayout {
  const folder = join(stateFolder, 'kind');
  return {
    folder,
    state: join(folder, 'cluster.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    log: join(folder, 'forward.log'),
  };
}

/**
 * What `cluster.json` holds. Only `up` and `down` write it, under the state folder's lock; it is there before the cluster is,
 * so that whoever comes after a killed `up` knows whose the half of a cluster is.
 */
export interface KindState {
  readonly format: 1;
  readonly name: string;
  /** The node image's own release. */
  readonly release: string;
  /** The node image, as it was named. */
  readonly image: string;
  /** Of the kind.yaml that it was made from. */
  readonly configDigest: string;
  /** `kind-<name>` */
  readonly context: string;
  readonly kubeconfig: string;
  readonly phase: 'creating' | 'running' | 'deleting';
  readonly createdAt: string;
  /** The running `kind create`, which outlives a killed `up`. */
  readonly creator: ProcessIdentity | null;
  /** The ids of the node containers: a later cluster of the same name has others. */
  readonly containers: readonly string[];
  /** Their names, which are the sources of the events, too. The first is where SnoopDB is. */
  readonly controlPlanes: readonly string[];
  /** The images that were loaded, by name, with their ids. */
  readonly images: Readonly<Record<string, string>>;
  /** SnoopDB through the forward; the URL holds the password. */
  readonly snoopdb: { readonly url: string; readonly port: number } | null;
  readonly forwarder: ProcessIdentity | null;
  /** What is known once everything answers. */
  readonly ready: {
    readonly at: string;
    readonly clusterVersion: string;
    readonly server: string;
    readonly baseline: Baseline;
  } | null;
}

/**
 * Reads `cluster.json`; null when there is none.
 * @throws SnoopError `bad_state` when it is not what this program writes
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
  throw new SnoopError('bad_state', `${file} is not the state of this version of snoop.`, {
    advice: [
      `'kind get clusters' says what is there, 'kind delete cluster --name NAME' removes it; then remove the folder ${createKindLayout(stateFolder).folder}.`,
    ],
  });
}

/** Writes `cluster.json`; only its owner may read it, for it holds a password. */
export function writeKindState(stateFolder: string, state: KindState): void {
  const layout = createKindLayout(stateFolder);
  createStateFolder(stateFolder);
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  writeWholeFile(layout.state, `${JSON.stringify(state, null, 2)}\n`);
}

/** Removes everything that is kept of the cluster on this machine; the cluster itself is gone by then. */
export function removeKindState(stateFolder: string): void {
  rmSync(createKindLayout(stateFolder).folder, { recursive: true, force: true });
}

/** A kind cluster that commands can work on: where everything is. */
export interface KindCluster {
  /** The state folder. */
  readonly folder: string;
  readonly name: string;
  /** The node image's release. */
  readonly release: string;
  readonly clusterVersion: string;
  /** Under which the events arrive, one for each control plane. */
  readonly sources: readonly string[];
  /** The kubeconfig's path. */
  readonly kubeconfig: string;
  readonly context: string;
  /** The API server's address on this machine. */
  readonly server: string;
  /** SnoopDB through the forward; the URL holds the password. */
  readonly snoopdb: { readonly url: string };
  readonly startedAt: string;
  readonly baseline: Baseline;
}

/** The kind cluster of a state folder; null when there is none, or its SnoopDB is not forwarded: `snoop up --kind` mends that. */
export async function findKindCluster(stateFolder: string): Promise<KindCluster | null> {
  const state = readKindState(stateFolder);
  return state && describeUsable(stateFolder, state);
}

/** The same of a state that was read. */
export function describeUsable(stateFolder: string, state: KindState): KindCluster | null {
  const { phase, forwarder, ready, snoopdb } = state;
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
    startedAt: state.createdAt,
    baseline: ready.baseline,
  };
}
