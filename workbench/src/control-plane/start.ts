import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { readDatabaseAddress } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { canUpgrade, defaultRelease, parseRelease } from '../release.ts';
import { createStateFolder } from '../state-folder.ts';
import { writeAuditConfig } from './audit-config.ts';
import { writeCredentials } from './credentials.ts';
import { chooseExecSettings } from './exec-programs.ts';
import { withoutControllerManager } from './kube-controller-manager.ts';
import { writeKwokConfig } from './kwok.ts';
import { createLayout, partNames } from './layout.ts';
import type { Layout } from './layout.ts';
import { stopProcesses } from './leftovers.ts';
import { writePartCertificates } from './part-certificates.ts';
import { chooseNodes, hasWantedParts, provideNodes } from './provide-nodes.ts';
import type { NodesOptions } from './provide-nodes.ts';
import { choosePorts } from './ports.ts';
import type { Ports } from './ports.ts';
import { findPrograms } from './programs/find-programs.ts';
import type { FindOptions, Programs } from './programs/find-programs.ts';
import type { PublishedSources } from './programs/published.ts';
import { findControlPlane, createState, createTokens, readState, writeState } from './state.ts';
import type { ControlPlane, Failure, State } from './state.ts';
import { withStateLock } from './state-lock.ts';
import { removeUnfinished } from './stop.ts';
import { startSupervisor } from './supervisor-process.ts';

export interface StartOptions extends NodesOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** A Kubernetes release; default: the state's, or 1.37.2 for a new state. */
  readonly release?: string | undefined;
  /** An external SnoopDB; default: the state's. */
  readonly databaseUrl?: string | undefined;
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
    let databaseUrl = options.databaseUrl;
    if (running) {
      checkRunning(running, release, databaseUrl);
      if (hasWantedParts(running, options.nodes)) {
        await provideNodes(layout, options);
        return { controlPlane: running, wasRunning: true };
      }
      await prepareRestart(layout, running, options);
      databaseUrl = running.snoopdb.embedded ? undefined : running.snoopdb.url;
    }
    await startWithNodes(layout, release, { ...options, databaseUrl }).catch(async (error: unknown) => {
      // Keep the logs of a failure; remove everything when the start was cancelled, or failed early.
      const isFirst = before?.includes('state.json') !== true;
      if (isFirst && (options.signal.aborted || !existsSync(layout.state))) await removeUnfinished(layout, before);
      throw error;
    });
    const controlPlane = await findControlPlane(folder);
    if (!controlPlane)
      throw new SnoopError('part_failed', `The control plane stopped as soon as it was ready; see ${layout.logs}.`);
    return { controlPlane, wasRunning: false };
  });
}

/** Does what may fail or take minutes while the control plane still runs. */
async function prepareRestart(layout: Layout, running: ControlPlane, options: StartOptions): Promise<void> {
  const { nodes, progress } = options;
  if (nodes?.count === 0) {
    // While kwok runs, which ends the nodes' Pods.
    await provideNodes(layout, options);
  } else {
    if (nodes?.exec) chooseExecSettings();
    await findPrograms(wantPrograms(running.release, readState(layout)?.etcdData ?? null, true, options));
  }
  progress.print('The control plane is started again, since its nodes change.');
}

async function startWithNodes(layout: Layout, release: string | undefined, options: StartOptions): Promise<void> {
  await start(layout, release, options);
  try {
    await provideNodes(layout, options);
  } catch (error) {
    const state = readState(layout);
    if (state) await stopProcesses(layout, state, options.progress);
    throw error;
  }
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
  const { progress, signal } = options;
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
  const programs = await findPrograms(wantPrograms(release, state.etcdData, nodes !== null, options));
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

function wantPrograms(
  release: string,
  etcdData: string | null,
  withNodes: boolean,
  { environment, progress, signal, sources }: StartOptions,
): FindOptions {
  return { release, etcdData, environment, progress, signal, withNodes, ...(sources ? { sources } : {}) };
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
