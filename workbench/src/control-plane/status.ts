import { inspectEmbeddedServer } from '@snoop/snoopdb';
import type { Baseline } from '@snoop/snoopdb';
import type { EventsArrived } from './events-arrived.ts';
import { countEvents } from './events-arrived.ts';
import { readAuditloggerState, type SpoolBacklog } from '../evidence/auditlogger-state.ts';
import { locateAuditlogger } from './auditlogger.ts';
import { openAdminAccess } from './cluster-request.ts';
import { withoutPassword } from './database-url.ts';
import type { ExecSettings } from './exec-programs.ts';
import { createLayout } from './layout.ts';
import type { Layout, PartName } from './layout.ts';
import { findLiving } from './leftovers.ts';
import { listNodes } from './node-objects.ts';
import type { NodeStatus } from './node-objects.ts';
import { findControlPlane, readState } from './state.ts';
import type { ControlPlane, Failure, State } from './state.ts';

const nodesTimeoutMs = 5000;

export type { EventsArrived } from './events-arrived.ts';

/** A part of the control plane. */
export interface PartStatus {
  readonly running: boolean;
  /** Without a password. */
  readonly url: string;
  readonly pid: number | null;
  readonly since: string | null;
  /** The number of restarts after a crash. */
  readonly restarts: number;
  readonly logFile: string;
}

/** The answer of `snoop status`, without secrets. */
export type ControlPlaneStatus = StoppedStatus | RunningStatus;

export interface StoppedStatus {
  readonly running: false;
  readonly folder: string;
  /** The release of the data in this folder; null: no data. */
  readonly release: string | null;
  readonly source: string | null;
  /** Why it stopped by itself. */
  readonly failure: Failure | null;
  /** Parts left running by a killed supervisor. */
  readonly leftovers: readonly { readonly name: PartName; readonly pid: number }[];
  /** Shows whether an `up` or `down` is at work. */
  readonly phase: State['phase'];
}

export interface RunningStatus {
  readonly running: true;
  readonly folder: string;
  readonly release: string;
  readonly clusterVersion: string;
  readonly source: string;
  readonly startedAt: string;
  readonly kubeconfig: string;
  readonly supervisor: { readonly pid: number | null; readonly logFile: string };
  readonly apiserver: PartStatus;
  readonly etcd: PartStatus;
  readonly controllerManager: Omit<PartStatus, 'url'> & { readonly why: string | null };
  /** The programs of simulated nodes; null: no nodes. */
  readonly scheduler: Omit<PartStatus, 'url'> | null;
  readonly kwok:
    | (PartStatus & {
        /** The user as whom exec runs programs of this machine; null: exec is refused. */
        readonly exec: Pick<ExecSettings, 'user' | 'folder'> | null;
      })
    | null;
  /** The simulated nodes; null: the apiserver did not answer. */
  readonly nodes: readonly NodeStatus[] | null;
  readonly snoopdb: PartStatus & { readonly embedded: boolean };
  readonly auditlogger: PartStatus & {
    /** Why it stores nothing now; null: it does, or does not answer. */
    readonly problem: string | null;
    /** What its spool holds for the database; null: no spool, or no answer. */
    readonly spool: SpoolBacklog | null;
  };
  /** The page. */
  readonly ui: PartStatus;
  readonly baseline: Baseline;
  readonly events: EventsArrived;
}

/** Describes a state folder's control plane; changes nothing. */
export async function describeControlPlane(folder: string): Promise<ControlPlaneStatus> {
  const layout = createLayout(folder);
  const state = readState(layout);
  const controlPlane = await findControlPlane(folder);
  return state && controlPlane ? describeRunning(layout, state, controlPlane) : describeStopped(layout, state);
}

function describeStopped(layout: Layout, state: State | null): StoppedStatus {
  const living = state ? findLiving(state) : { supervisor: null, parts: [] };
  return {
    running: false,
    folder: layout.folder,
    release: state?.release ?? null,
    source: state?.source ?? null,
    failure: state?.failure ?? null,
    leftovers: living.supervisor ? [] : living.parts.map(({ name, identity }) => ({ name, pid: identity.pid })),
    phase: living.supervisor && state ? state.phase : 'stopped',
  };
}

async function describeRunning(layout: Layout, state: State, controlPlane: ControlPlane): Promise<RunningStatus> {
  const { snoopdb } = controlPlane;
  const database = snoopdb.embedded ? await inspectEmbeddedServer(layout.snoopdb) : null;
  const living = findLiving(state).parts;
  const said = await readAuditloggerState(locateAuditlogger(layout, controlPlane.auditlogger.url));
  const part = (name: PartName): Omit<PartStatus, 'url'> => {
    const record = state.parts[name];
    return {
      running: living.some((one) => one.name === name),
      pid: record?.pid ?? null,
      since: record?.startedAt ?? null,
      restarts: record?.restarts ?? 0,
      logFile: layout.log(name),
    };
  };
  return {
    running: true,
    folder: layout.folder,
    release: controlPlane.release,
    clusterVersion: controlPlane.clusterVersion,
    source: controlPlane.source,
    startedAt: controlPlane.startedAt,
    kubeconfig: controlPlane.kubeconfig,
    supervisor: { pid: state.supervisor?.pid ?? null, logFile: layout.log('supervisor') },
    apiserver: { ...part('kube-apiserver'), url: controlPlane.apiserver.url },
    etcd: { ...part('etcd'), url: controlPlane.etcd.url },
    controllerManager: { ...part('kube-controller-manager'), why: controlPlane.controllerManager.why ?? null },
    scheduler: state.nodes ? part('kube-scheduler') : null,
    kwok:
      state.nodes && state.ports
        ? { ...part('kwok'), url: `http://127.0.0.1:${state.ports.kwok}`, exec: showExec(state.nodes.exec) }
        : null,
    nodes: state.nodes ? await tryListNodes(layout, state) : [],
    snoopdb: {
      ...part('snoopdb'),
      // An external database is not supervised; the count of events shows whether it answers.
      running: snoopdb.embedded ? database?.running === true : true,
      logFile: database?.logFile ?? layout.log('snoopdb'),
      url: withoutPassword(snoopdb.url),
      embedded: snoopdb.embedded,
    },
    auditlogger: {
      ...part('auditlogger'),
      url: controlPlane.auditlogger.url,
      problem: said?.trouble ?? null,
      spool: said?.spool ?? null,
    },
    ui: { ...part('ui'), url: controlPlane.ui.url },
    baseline: controlPlane.baseline,
    events: await countEvents(snoopdb.url, controlPlane.source),
  };
}

async function tryListNodes(layout: Layout, state: State): Promise<NodeStatus[] | null> {
  try {
    return await listNodes(openAdminAccess(layout, state), nodesTimeoutMs);
  } catch {
    return null;
  }
}

/** Without its secret. */
function showExec(exec: ExecSettings | null): Pick<ExecSettings, 'user' | 'folder'> | null {
  return exec && { user: exec.user, folder: exec.folder };
}
