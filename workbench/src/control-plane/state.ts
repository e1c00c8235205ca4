import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { explainSystemError, isAlive, isSystemError, writeFileAtomically } from '@snoop/snoopdb';
import type { Baseline, ProcessIdentity } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { auditloggerUrl } from './auditlogger.ts';
import { etcdUrl } from './etcd.ts';
import { apiserverUrl } from './kube-apiserver.ts';
import { createLayout } from './layout.ts';
import type { Layout, PartName } from './layout.ts';
import type { NodeSettings } from './node-settings.ts';
import { formatPageUrl } from './page.ts';
import type { Ports } from './ports.ts';
import type { Programs } from './programs/find-programs.ts';

/** A process of the control plane. */
export interface ProcessRecord extends ProcessIdentity {
  readonly startedAt: string;
  /** The number of restarts after a crash. */
  readonly restarts: number;
}

/** Why a control plane stopped by itself, or did not start. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The relevant lines of the log, and its path. */
  readonly advice: readonly string[];
}

/** What is known once everything is ready. */
export interface Ready {
  readonly at: string;
  readonly clusterVersion: string;
  readonly baseline: Baseline;
  readonly snoopdbUrl: string;
}

/** Bearer tokens for the apiserver. */
export interface Tokens {
  readonly admin: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kwok: string;
}

/**
 * The content of `state.json`. `up` and `down` write it under the folder's lock while no supervisor lives; a living
 * supervisor is its only writer.
 */
export interface State {
  readonly format: 1;
  /** The cluster's source in SnoopDB; created once. */
  readonly source: string;
  /** The Kubernetes release of the cluster's data. */
  readonly release: string;
  /** The version of the etcd that wrote the data last; null before the first start. */
  readonly etcdData: string | null;
  readonly createdAt: string;
  readonly tokens: Tokens;
  readonly ports: Ports | null;
  readonly programs: Programs | null;
  /** null or missing: no nodes. */
  readonly nodes?: NodeSettings | null;
  /** The database of `--database-url`; null: the state's own. */
  readonly databaseUrl: string | null;
  readonly phase: 'stopped' | 'starting' | 'running' | 'stopping';
  readonly supervisor: ProcessRecord | null;
  readonly parts: Readonly<Partial<Record<PartName, ProcessRecord>>>;
  readonly ready: Ready | null;
  readonly failure: Failure | null;
}

/** The state of a new folder. */
export function createState(release: string): State {
  return {
    format: 1,
    source: `local-${randomBytes(3).toString('hex')}`,
    release,
    etcdData: null,
    createdAt: new Date().toISOString(),
    tokens: createTokens(),
    ports: null,
    programs: null,
    databaseUrl: null,
    phase: 'stopped',
    supervisor: null,
    parts: {},
    ready: null,
    failure: null,
  };
}

export function createTokens(): Tokens {
  const create = (): string => randomBytes(24).toString('base64url');
  return { admin: create(), controllerManager: create(), scheduler: create(), kwok: create() };
}

/**
 * Reads `state.json`; null when it does not exist.
 *
 * @throws SnoopError `bad_state` when this program did not write it
 */
export function readState(layout: Layout): State | null {
  let text: string;
  try {
    text = readFileSync(layout.state, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return null;
    throw new SnoopError('bad_state', `${layout.state} cannot be read: ${explainSystemError(error)}.`, {
      cause: error,
      advice: ['Use another state folder: --state DIR or SNOOP_STATE.'],
    });
  }
  const state = parseState(text);
  if (state !== undefined && state?.format === 1) return state;
  if (state !== undefined && typeof state?.format !== 'number') {
    throw new SnoopError(
      'bad_state',
      `${layout.state} is not a state of snoop: the folder belongs to another program.`,
      {
        advice: ['Use another state folder: --state DIR or SNOOP_STATE.'],
      },
    );
  }
  throw new SnoopError('bad_state', `${layout.state} was not written by this version of snoop.`, {
    advice: [`'snoop down --purge --state ${layout.folder}' removes that state; then 'snoop up' creates a new one.`],
  });
}

/** Whether another program wrote `state.json`; the name is common. */
export function isForeignState(layout: Layout): boolean {
  try {
    const state = parseState(readFileSync(layout.state, 'utf8'));
    return state !== undefined && typeof state?.format !== 'number';
  } catch {
    return false;
  }
}

/** undefined when it is not JSON, as after a disk error. */
function parseState(text: string): State | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes `state.json`, readable only by its owner, since it contains secrets. */
export function writeState(layout: Layout, state: State): void {
  writeFileAtomically(layout.state, `${JSON.stringify(state, null, 2)}\n`);
}

/** A running control plane. */
export interface ControlPlane {
  readonly folder: string;
  readonly release: string;
  readonly source: string;
  readonly clusterVersion: string;
  /** The kubeconfig's path. */
  readonly kubeconfig: string;
  readonly startedAt: string;
  readonly apiserver: { readonly url: string };
  readonly etcd: { readonly url: string };
  /** The URL contains the password. */
  readonly snoopdb: { readonly url: string; readonly embedded: boolean };
  readonly auditlogger: { readonly url: string };
  /** The page; `running`: its process lives. */
  readonly ui: { readonly running: boolean; readonly url: string };
  readonly controllerManager: { readonly running: boolean; readonly why?: string };
  /** How its simulated nodes run; null: it has none. */
  readonly nodes: NodeSettings | null;
  readonly baseline: Baseline;
}

/** Finds the running, supervised control plane of a state folder; null when none runs. */
export async function findControlPlane(folder: string): Promise<ControlPlane | null> {
  const layout = createLayout(folder);
  const state = readState(layout);
  return state && describeRunning(layout, state);
}

function describeRunning(layout: Layout, state: State): ControlPlane | null {
  const { phase, supervisor, ready, ports, programs, parts } = state;
  if (phase !== 'running' || !supervisor || !isAlive(supervisor) || !ready || !ports) return null;
  const why = programs?.controllerManagerProblem;
  return {
    folder: layout.folder,
    release: state.release,
    source: state.source,
    clusterVersion: ready.clusterVersion,
    kubeconfig: layout.kubeconfig,
    startedAt: supervisor.startedAt,
    apiserver: { url: apiserverUrl(ports) },
    etcd: { url: etcdUrl(ports) },
    snoopdb: { url: ready.snoopdbUrl, embedded: state.databaseUrl === null },
    auditlogger: { url: auditloggerUrl(ports) },
    ui: { running: parts.ui !== undefined && isAlive(parts.ui), url: formatPageUrl(ports.ui) },
    controllerManager: why ? { running: false, why } : { running: true },
    nodes: state.nodes ?? null,
    baseline: ready.baseline,
  };
}
