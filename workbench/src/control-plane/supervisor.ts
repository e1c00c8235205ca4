import {
  loadClusterDocument,
  migrate,
  toError,
  useNearestBaseline,
  withPool,
  writeFileAtomically,
} from '@snoop/snoopdb';
import type { Baseline } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { describeAuditlogger } from './auditlogger.ts';
import { writeKubeconfig } from './credentials.ts';
import { openAdminAccess } from './cluster-request.ts';
import { createDeferred } from './deferred.ts';
import { describeEtcd } from './etcd.ts';
import { listFeatureFlags } from './feature-gates.ts';
import { keepDatabase } from './kept-database.ts';
import type { KeptDatabase } from './kept-database.ts';
import { keepProcess } from './kept-process.ts';
import type { KeptProcess, PartEvents } from './kept-process.ts';
import {
  apiserverUrl,
  fetchClusterVersion,
  fetchOpenApi,
  describeApiserver,
  readApiserverCa,
} from './kube-apiserver.ts';
import { describeControllerManager } from './kube-controller-manager.ts';
import { describeScheduler } from './kube-scheduler.ts';
import { createExecFolder, endExecPrograms, removeExec } from './exec-programs.ts';
import { startKubeletServer } from './kubelet-server.ts';
import { describeKwok } from './kwok.ts';
import type { PartName } from './layout.ts';
import { describePage } from './page.ts';
import { deleteLeases } from './node-objects.ts';
import type { Part } from './part.ts';
import { startPodServer } from './pod-server.ts';
import { nodePrograms } from './programs/program.ts';
import type { Failure } from './state.ts';
import { openStateKeeper } from './state-keeper.ts';
import type { StateKeeper } from './state-keeper.ts';

/** A message from the supervisor to the `snoop up` that started it. */
export type SupervisorMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface SuperviseOptions {
  /** The state folder, prepared by `up`. */
  readonly folder: string;
  /** The auditlogger's environment variables: bounds of the live table, its spool. */
  readonly forAuditlogger: Readonly<Record<string, string>>;
  /** Aborted to stop everything. */
  readonly signal: AbortSignal;
  send(message: SupervisorMessage): void;
  log(text: string): void;
}

const undeliverableTimeoutMs = 2000;

interface Work {
  readonly options: SuperviseOptions;
  readonly state: StateKeeper;
  readonly processes: Map<PartName, KeptProcess>;
  /** The state's own SnoopDB; null with an external one. */
  database: Promise<KeptDatabase> | null;
  /** The current address of SnoopDB. */
  databaseUrl: string;
  /** Stop the servers of simulated nodes, which run in this process. */
  readonly stopServers: (() => void)[];
  /** Aborted, with the reason, when everything must end: on a signal, or because a part failed. */
  readonly ending: AbortController;
}

/**
 * Runs a control plane until it is stopped or a part crashes too often. Crashed parts are restarted. Every start is
 * recorded at once, so that the processes of a killed supervisor can be found.
 *
 * @returns whether it was stopped on purpose
 */
export async function supervise(options: SuperviseOptions): Promise<boolean> {
  const ending = new AbortController();
  const end = (): void => ending.abort(options.signal.reason);
  if (options.signal.aborted) end();
  else options.signal.addEventListener('abort', end, { once: true });
  const state = openStateKeeper(options.folder, (reason) => {
    options.log(reason.message);
    ending.abort(reason);
  });
  const work: Work = {
    options,
    state,
    processes: new Map(),
    database: null,
    databaseUrl: '',
    stopServers: [],
    ending,
  };
  const over = rejectOnAbort(ending.signal);
  try {
    await Promise.race([bringUp(work), over]);
    options.send({ kind: 'ready' });
    options.log('ready');
    await over;
  } catch (error) {
    ending.abort(error);
  }
  const failure = options.signal.aborted ? null : toFailure(ending.signal.reason);
  state.update({ phase: 'stopping', ready: null, failure });
  options.log(failure ? [failure.message, ...failure.advice].join('\n') : 'stopping');
  await takeDown(work);
  state.update({ phase: 'stopped', supervisor: null, parts: {} });
  state.close();
  options.log('stopped');
  if (failure) options.send({ kind: 'failed', failure });
  return failure === null;
}

/** Rejects with the signal's reason when it is aborted. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const over = createDeferred<never>();
  if (signal.aborted) over.reject(signal.reason);
  else signal.addEventListener('abort', () => over.reject(signal.reason), { once: true });
  return over.promise;
}

/**
 * Starts the parts, in parallel if they do not need each other. The apiserver starts after the auditlogger: it would
 * retry its first events only ten seconds later.
 */
async function bringUp(work: Work): Promise<void> {
  const { layout, ports, programs } = work.state;
  const { controllerManager } = programs;
  const progress = (text: string): void => work.options.send({ kind: 'progress', text });
  progress('etcd, SnoopDB, auditlogger');
  const [baseline, apiserverFlags, controllerManagerFlags] = await Promise.all([
    bringUpDatabase(work, progress),
    listFeatureFlags(programs.apiserver),
    controllerManager ? listFeatureFlags(controllerManager) : [],
    launch(work, () => describeEtcd(layout, ports, programs.etcd)),
  ]);
  const page = launchPage(work);
  progress('kube-apiserver');
  await launch(work, () =>
    describeApiserver({
      layout,
      adminToken: work.state.read().tokens.admin,
      ports,
      program: programs.apiserver,
      featureFlags: apiserverFlags,
      hasControllerManager: controllerManager !== null,
      hasNodes: programs.nodes !== null,
    }),
  );
  writeKubeconfigs(work);
  const names = [...(controllerManager ? ['kube-controller-manager'] : []), ...(programs.nodes ? nodePrograms : [])];
  progress([...names, "the cluster's OpenAPI document"].join(', '));
  const [clusterVersion] = await Promise.all([
    loadDocument(work),
    controllerManager &&
      launch(work, () => describeControllerManager(layout, ports, controllerManager, controllerManagerFlags)),
    bringUpNodes(work),
    page,
  ]);
  const at = new Date().toISOString();
  work.state.update({
    phase: 'running',
    ready: { at, clusterVersion, baseline, snoopdbUrl: work.databaseUrl },
    failure: null,
  });
}

/** Starts SnoopDB with its schema and baseline, and the auditlogger. */
async function bringUpDatabase(work: Work, progress: (text: string) => void): Promise<Baseline> {
  const { layout, ports } = work.state;
  const { databaseUrl, source, release } = work.state.read();
  work.databaseUrl = databaseUrl ?? (await openDatabase(work, progress)).url;
  const baseline = await withPool(work.databaseUrl, { applicationName: 'snoop up', max: 2 }, async (pool) => {
    await migrate(pool);
    // Before the first event: the baseline's endpoints resolve it until the cluster's document is there.
    return useNearestBaseline(pool, release);
  });
  await launch(work, () => describeAuditlogger(layout, ports, source, work.databaseUrl, work.options.forAuditlogger));
  return baseline;
}

/** Starts the page. Without it, everything else works. */
async function launchPage(work: Work): Promise<void> {
  const { layout, ports } = work.state;
  const describe = (): Part =>
    describePage({
      stateFolder: layout.folder,
      port: ports.ui,
      databaseUrl: work.databaseUrl,
      logFile: layout.log('ui'),
    });
  const kept = keepProcess(describe, recordTo(work, 'ui'));
  work.processes.set('ui', kept);
  kept.failed.catch((error: unknown) => work.options.log(`The page is not served: ${toError(error).message}`));
  await kept.ready.catch(() => {});
}

/** Starts the programs of simulated nodes, if the state has nodes. */
async function bringUpNodes(work: Work): Promise<void> {
  const { layout, ports, programs } = work.state;
  const { nodes } = work.state.read();
  if (!nodes || !programs.nodes) return;
  const { scheduler, kwok } = programs.nodes;
  if (nodes.exec) createExecFolder(nodes.exec);
  await deleteLeases(openAdminAccess(layout, work.state.read()));
  work.stopServers.push(await startPodServer(ports));
  work.stopServers.push(await startKubeletServer(layout, ports, nodes.exec?.key ?? null));
  const schedulerFlags = await listFeatureFlags(scheduler);
  await Promise.all([
    launch(work, () => describeScheduler(layout, ports, scheduler, schedulerFlags)),
    launch(work, () => describeKwok(layout, ports, kwok, nodes)),
  ]);
}

/** Removes what a crashed kwok left, before it is restarted. */
async function cleanUpAfterKwok({ state }: Work): Promise<void> {
  const exec = state.read().nodes?.exec;
  await Promise.all([deleteLeases(openAdminAccess(state.layout, state.read())), exec && endExecPrograms(exec)]);
}

function openDatabase(work: Work, onProgress: (text: string) => void): Promise<KeptDatabase> {
  const moved = (url: string): void => {
    work.databaseUrl = url;
    const { ready } = work.state.read();
    if (ready) work.state.update({ ready: { ...ready, snoopdbUrl: url } });
    work.processes.get('auditlogger')?.replace();
    work.processes.get('ui')?.replace();
  };
  const isWanted = (): boolean => work.state.check() && !work.ending.signal.aborted;
  const events = recordTo(work, 'snoopdb');
  work.database = keepDatabase({ layout: work.state.layout, events, isWanted, onProgress, moved });
  work.database.then(
    ({ failed }) => failed.catch((error: unknown) => work.ending.abort(error)),
    () => {},
  );
  return work.database;
}

/** Starts a part and waits until it is ready. */
async function launch(work: Work, describe: () => Part): Promise<void> {
  work.ending.signal.throwIfAborted();
  const { name } = describe();
  const kept = keepProcess(describe, recordTo(work, name));
  work.processes.set(name, kept);
  kept.failed.catch((error: unknown) => work.ending.abort(error));
  await kept.ready;
}

function recordTo(work: Work, name: PartName): PartEvents {
  return {
    started(record) {
      work.state.update({ parts: { ...work.state.read().parts, [name]: record } });
      work.options.log(`${name} is process ${record.pid}`);
    },
    crashed(text) {
      work.options.log(text);
      if (name !== 'kwok') return;
      cleanUpAfterKwok(work).catch((error: unknown) => work.options.log(toError(error).message));
    },
  };
}

function writeKubeconfigs({ state: { layout, ports, read } }: Work): void {
  const { admin, controllerManager, scheduler, kwok } = read().tokens;
  const url = apiserverUrl(ports);
  const ca = readApiserverCa(layout) ?? '';
  writeFileAtomically(layout.ca, ca);
  writeKubeconfig(layout.kubeconfig, url, ca, { name: 'admin', token: admin });
  writeKubeconfig(layout.controllerManagerKubeconfig, url, ca, {
    name: 'system:kube-controller-manager',
    token: controllerManager,
  });
  writeKubeconfig(layout.schedulerKubeconfig, url, ca, { name: 'system:kube-scheduler', token: scheduler });
  writeKubeconfig(layout.kwokKubeconfig, url, ca, { name: 'kwok', token: kwok });
}

/** Loads the cluster's document, which resolves its events from then on. Returns the cluster's version. */
async function loadDocument({ state: { layout, ports, read }, databaseUrl }: Work): Promise<string> {
  const { source, tokens } = read();
  const [version, openApi] = await Promise.all([
    fetchClusterVersion(layout, ports, tokens.admin),
    fetchOpenApi(layout, ports, tokens.admin),
  ]);
  await withPool(databaseUrl, { applicationName: 'snoop up', max: 2 }, (pool) =>
    loadClusterDocument(pool, { source, version, ...openApi }),
  );
  return version;
}

/** Stops every part before those that it needs, so that the apiserver's last events reach SnoopDB. */
async function takeDown({ state, processes, database, stopServers, options }: Work): Promise<void> {
  await processes.get('ui')?.stop();
  await processes.get('kwok')?.stop();
  for (const stop of stopServers) stop();
  const exec = state.read().nodes?.exec;
  // A leftover is removed at the next start or stop.
  if (exec) await removeExec(exec).catch((error: unknown) => options.log(toError(error).message));
  await processes.get('kube-scheduler')?.stop();
  await processes.get('kube-controller-manager')?.stop();
  // The apiserver waits until its events are delivered; without an auditlogger or a state that would be in vain.
  const delivers = state.check() && processes.get('auditlogger')?.isRunning() === true;
  await processes.get('kube-apiserver')?.stop(delivers ? undefined : undeliverableTimeoutMs);
  await processes.get('etcd')?.stop();
  await processes.get('auditlogger')?.stop();
  // A database that failed to start needs no stop.
  const kept = await database?.catch(() => null);
  await kept?.stop();
}

function toFailure(error: unknown): Failure {
  if (error instanceof SnoopError) return { code: error.code, message: error.message, advice: error.advice };
  const { message } = toError(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'part_failed';
  return { code, message, advice: [] };
}
