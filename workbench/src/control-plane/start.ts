import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { readDatabaseAddress } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { canUpgrade, defaultRelease, parseRelease } from '../release.ts';
import { createStateFolder } from '../state-folder.ts';
import { writeAuditConfig } from './audit-config.ts';
import { writeCredentials } from './credentials.ts';
import { withoutControllerManager } from './kube-controller-manager.ts';
import { createLayout, partNames } from './layout.ts';
import type { Layout } from './layout.ts';
import { stopProcesses } from './leftovers.ts';
import { writePartCertificates } from './part-certificates.ts';
import { choosePorts } from './ports.ts';
import type { Ports } from './ports.ts';
import { findPrograms } from './programs/find-programs.ts';
import type { Programs } from './programs/find-programs.ts';
import type { PublishedSources } from './programs/published.ts';
import { findControlPlane, createState, readState, writeState } from './state.ts';
import type { ControlPlane, Failure, State } from './state.ts';
import { withStateLock } from './state-lock.ts';
import { removeUnfinished } from './stop.ts';
import { startSupervisor } from './supervisor-process.ts';

export interface StartOptions {
  /** The state folder, absolute. */
  readonly folder: string;
  /** A Kubernetes release; without one the state's, and 1.36.3 for a new state. */
  readonly release?: string | undefined;
  /** A SnoopDB of one's own; without one the state's. */
  readonly databaseUrl?: string | undefined;
  readonly environment: Environment;
  readonly progress: Progress;
  /** Takes everything down again that was started. */
  readonly signal: AbortSignal;
  /** Where published programs are; for tests. */
  readonly sources?: PublishedSources;
}

export interface Started {
  readonly controlPlane: ControlPlane;
  /** It ran before. */
  readonly wasRunning: boolean;
}

const attempts = 3;

/**
 * Starts the state folder's control plane and returns when everything answers; one that runs is left as it is.
 *
 * @throws SnoopError `other_release`, `other_database` (exit code 2), `no_programs`, `part_failed` with the lines of the log
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
    if (running) return { controlPlane: checkRunning(running, release, options.databaseUrl), wasRunning: true };
    await start(layout, release, options).catch(async (error: unknown) => {
      // A failure's logs are worth a look; a start that was called off, or that did not come to anything, leaves nothing.
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

function checkRunning(
  running: ControlPlane,
  release: string | undefined,
  databaseUrl: string | undefined,
): ControlPlane {
  if (release !== undefined && release !== running.release) {
    throw new SnoopError('other_release', `Kubernetes ${running.release} runs here, and ${release} is wanted.`, {
      exitCode: 2,
      advice: ["Stop it first: 'snoop down'. Or run the other one beside it, in a state of its own: --state DIR."],
    });
  }
  if (databaseUrl !== undefined && databaseUrl !== running.snoopdb.url) {
    throw new SnoopError(
      'other_database',
      'The control plane that runs here has another SnoopDB than --database-url names.',
      {
        exitCode: 2,
        advice: ["Stop it first: 'snoop down'."],
      },
    );
  }
  return running;
}

async function start(layout: Layout, wanted: string | undefined, options: StartOptions): Promise<void> {
  const { environment, progress, signal } = options;
  const earlier = readState(layout);
  if (earlier) {
    if (earlier.failure) progress.print(`The last one had stopped by itself: ${earlier.failure.message}`);
    await stopProcesses(layout, earlier, progress);
  }
  const release = wanted ?? earlier?.release ?? defaultRelease;
  if (earlier) checkDataRelease(layout, earlier, release);
  const state: State = { ...(earlier ?? createState(release)), release, databaseUrl: options.databaseUrl ?? null };
  const programs = await findPrograms({
    release,
    etcdData: state.etcdData,
    environment,
    progress,
    signal,
    ...(options.sources ? { sources: options.sources } : {}),
  });
  reportMissing(programs, progress);
  for (let attempt = 1; ; attempt += 1) {
    // Of another attempt's ports one was taken in the last moment.
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

/** The data of one release can be read by the same or the next minor release, as in an upgrade, and by no earlier one. */
function checkDataRelease(layout: Layout, { release: made, etcdData }: State, wanted: string): void {
  if (etcdData === null || canUpgrade(made, wanted)) return;
  throw new SnoopError(
    'other_release',
    `The cluster in ${layout.folder} was made with Kubernetes ${made}; ${wanted} cannot go on with its data.`,
    {
      exitCode: 2,
      advice: [
        `Go on with it: 'snoop up --release ${made}'.`,
        `Or begin anew: 'snoop down --purge', then 'snoop up --release ${wanted}'. Or keep both: --state DIR.`,
      ],
    },
  );
}

function reportMissing({ controllerManager, whyNoControllerManager }: Programs, progress: Progress): void {
  if (controllerManager) return;
  progress.print(
    `It will run without kube-controller-manager: ${whyNoControllerManager}.\n${withoutControllerManager}`,
  );
}

async function writeConfiguration(layout: Layout, state: State, ports: Ports): Promise<void> {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  // The last run's logs are kept for a look; older ones are not, so that they do not grow for ever.
  for (const name of [...partNames, 'supervisor'] as const) {
    const file = layout.log(name);
    rmSync(`${file}.old`, { force: true });
    try {
      renameSync(file, `${file}.old`);
    } catch {
      // There was none.
    }
  }
  mkdirSync(layout.etcd, { recursive: true, mode: 0o700 });
  writeCredentials(layout, state);
  await writePartCertificates(layout);
  writeAuditConfig(layout, ports);
  writeState(layout, state);
}

function isPortConflict({ message, advice }: Failure): boolean {
  return /address already in use|EADDRINUSE/i.test([message, ...advice].join('\n'));
}
