import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { readDatabaseAddress } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { canUpgrade, defaultRelease, parseRelease } from '../release.ts';
import { createStateFolder } from '../state-folder.ts';
import { writeAuditConfig } from './audit-config.ts';
import { openAdminAccess } from './cluster-request.ts';
import { writeCredentials } from './credentials.ts';
import { chooseExecSettings } from './exec-programs.ts';
import { setExecPolicy } from './exec-policy.ts';
import { withoutControllerManager } from './kube-controller-manager.ts';
import { writeKwokConfig } from './kwok.ts';
import { createLayout, partNames } from './layout.ts';
import type { Layout } from './layout.ts';
import { stopProcesses } from './leftovers.ts';
import { setNodeCount, waitForNodes } from './node-objects.ts';
import type { NodeSettings, WantedNodes } from './node-settings.ts';
import { writePartCertificates } from './part-certificates.ts';
import { choosePorts } from './ports.ts';
import type { Ports } from './ports.ts';
import { findPrograms } from './programs/find-programs.ts';
import type { Programs } from './programs/find-programs.ts';
import type { PublishedSources } from './programs/published.ts';
import { findControlPlane, createState, createTokens, readState, writeState } from './state.ts';
import type { ControlPlane, Failure, State } from './state.ts';
import { withStateLock } from './state-lock.ts';
import { removeUnfinished } from './stop.ts';
import { startSupervisor } from './supervisor-process.ts';

export interface StartOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** A Kubernetes release; default: the state's, or 1.36.3 for a new state. */
  readonly release?: string | undefined;
  /** An external SnoopDB; default: the state's. */
  readonly databaseUrl?: string | undefined;
  /** Simulated nodes; default: those of the state, without exec. */
  readonly nodes?: WantedNodes | undefined;
  readonly environment: Environment;
  readonly progress: Progress;
  /** Stops everything again that was started. */
  readonly signal: AbortSignal;
  /** The servers of published programs; for tests. */
  readonly sources?: PublishedSources;
}

export interface Started {
  readonly controlPlane: ControlPlane;
  /** Whether it was running already. */
  readonly wasRunning: boolean;
}

const attempts = 3;

/**
 * Starts the state folder's control plane and returns when everything is ready. A running one is not changed, except
 * its nodes: it is started again if they need other programs or another exec.
 *
 * @throws SnoopError `other_release`, `other_database` (exit code 2), `no_programs`, `part_failed` with lines of the
 *   log; `no_exec`
 */
export async function startControlPlane(options: StartOptions): Promise<Started> {
  const { folder } = options;
  const layout = createLayout(folder);
  const release = options.release === undefined ? undefined : parseRelease(options.release);
  if (options.databaseUrl !== undefined) readDatabaseAddress(options.databaseUrl);
  const before = existsSync(folder) ? readdirSync(folder) : null;
  createStateFolder(folder);
  return withStateLock('snoop up', options, async () => {
    const running = await findControlPlane(folder);
    const wasRunning = running !== null;
    if (running) {
      checkRunning(running, release, options.databaseUrl);
      if (hasWantedParts(running, options.nodes)) {
        await provideNodes(layout, options);
        return { controlPlane: running, wasRunning };
      }
      // While kwok runs, which ends their Pods.
      if (options.nodes?.count === 0) await provideNodes(layout, options);
      options.progress.print('The control plane is started again, since its nodes change.');
    }
    await start(layout, release, options).catch(async (error: unknown) => {
      // Keep the logs of a failure; remove everything when the start was cancelled, or failed early.
      const isFirst = before?.includes('state.json') !== true;
      if (isFirst && (options.signal.aborted || !existsSync(layout.state))) await removeUnfinished(layout, before);
      throw error;
    });
    const controlPlane = await findControlPlane(folder);
    if (!controlPlane)
      throw new SnoopError('part_failed', `The control plane stopped as soon as it was ready; see ${layout.logs}.`);
    await provideNodes(layout, options);
    return { controlPlane, wasRunning: false };
  });
}

/** Whether the running parts are those for the wanted nodes. */
function hasWantedParts({ nodes }: ControlPlane, wanted: WantedNodes | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.count === 0 ? nodes === null : nodes !== null && (nodes.exec !== null) === wanted.exec;
}

/** Creates and deletes nodes until there are as many as wanted, and waits until all are ready. */
async function provideNodes(layout: Layout, { nodes: wanted, progress, signal }: StartOptions): Promise<void> {
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

function checkRunning(running: ControlPlane, release: string | undefined, databaseUrl: string | undefined): void {
  if (release !== undefined && release !== running.release) {
    throw new SnoopError('other_release', `Kubernetes ${running.release} runs here, not ${release}.`, {
      exitCode: 2,
      advice: ["Stop it first: 'snoop down'. Or run both: --state DIR."],
    });
  }
  if (databaseUrl !== undefined && databaseUrl !== running.snoopdb.url) {
    throw new SnoopError('other_database', 'The running control plane uses another SnoopDB than --database-url.', {
      exitCode: 2,
      advice: ["Stop it first: 'snoop down'."],
    });
  }
}

async function start(layout: Layout, wanted: string | undefined, options: StartOptions): Promise<void> {
  const { environment, progress, signal } = options;
  const earlier = readState(layout);
  if (earlier) {
    if (earlier.failure) progress.print(`The last control plane stopped by itself: ${earlier.failure.message}`);
    await stopProcesses(layout, earlier, progress);
  }
  const release = wanted ?? earlier?.release ?? defaultRelease;
  if (earlier) checkDataRelease(layout, earlier, release);
  const nodes = chooseNodes(earlier, options);
  const state: State = {
    ...(earlier ?? createState(release)),
    // A state of an earlier version has fewer.
    tokens: { ...createTokens(), ...earlier?.tokens },
    release,
    databaseUrl: options.databaseUrl ?? null,
    nodes,
  };
  const programs = await findPrograms({
    release,
    etcdData: state.etcdData,
    environment,
    progress,
    signal,
    withNodes: nodes !== null,
    ...(options.sources ? { sources: options.sources } : {}),
  });
  reportMissing(programs, progress);
  for (let attempt = 1; ; attempt += 1) {
    // A port may have been taken in between, so other attempts use new ones.
    const ports = await choosePorts(attempt === 1 ? state.ports : null);
    const prepared: State = {
      ...state,
      ports,
      programs,
      etcdData: programs.etcd.version,
      phase: 'starting',
      supervisor: null,
      parts: {},
      ready: null,
      failure: null,
    };
    await writeConfiguration(layout, prepared, ports);
    const failure = await progress.step(`Starting Kubernetes ${release}`, (update) =>
      startSupervisor(layout, prepared, signal, update),
    );
    if (failure === null) return;
    if (attempt === attempts || !isPortConflict(failure))
      throw new SnoopError(failure.code, failure.message, { advice: failure.advice });
  }
}

/** Data can be read by programs of the same or the next minor release, as in an upgrade. */
function checkDataRelease(layout: Layout, { release: made, etcdData }: State, wanted: string): void {
  if (etcdData === null || canUpgrade(made, wanted)) return;
  throw new SnoopError(
    'other_release',
    `The cluster in ${layout.folder} was created with Kubernetes ${made}; ${wanted} cannot use its data.`,
    {
      exitCode: 2,
      advice: [
        `Continue it: 'snoop up --release ${made}'.`,
        `Or start again: 'snoop down --purge', then 'snoop up --release ${wanted}'. Or keep both: --state DIR.`,
      ],
    },
  );
}

/** Exec is never kept: each start that allows it says so. */
function chooseNodes(earlier: State | null, { nodes: wanted, progress }: StartOptions): NodeSettings | null {
  if (wanted !== undefined) {
    return wanted.count === 0 ? null : { exec: wanted.exec ? chooseExecSettings() : null };
  }
  if (!earlier?.nodes) return null;
  if (earlier.nodes.exec) progress.print('exec in nodes is off now: --nodes N --nodes-exec turns it on.');
  return { exec: null };
}

function reportMissing({ controllerManager, controllerManagerProblem }: Programs, progress: Progress): void {
  if (controllerManager) return;
  progress.print(`Starting without kube-controller-manager: ${controllerManagerProblem}.\n${withoutControllerManager}`);
}

async function writeConfiguration(layout: Layout, state: State, ports: Ports): Promise<void> {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  // Keep only the logs of the last run.
  for (const name of [...partNames, 'supervisor'] as const) {
    const file = layout.log(name);
    rmSync(`${file}.old`, { force: true });
    try {
      renameSync(file, `${file}.old`);
    } catch {
      // No log yet.
    }
  }
  mkdirSync(layout.etcd, { recursive: true, mode: 0o700 });
  writeCredentials(layout, state);
  await writePartCertificates(layout);
  writeAuditConfig(layout, ports);
  if (state.nodes) writeKwokConfig(layout, ports, state.nodes);
  writeState(layout, state);
}

function isPortConflict({ message, advice }: Failure): boolean {
  return /address already in use|EADDRINUSE/i.test([message, ...advice].join('\n'));
}
