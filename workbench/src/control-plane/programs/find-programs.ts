import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainSystemError, createFolders, toError, withLock } from '@snoop/snoopdb';
import type { Environment } from '../../environment.ts';
import { SnoopError } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { requiredEtcd } from './etcd-version.ts';
import { buildKwok, buildPrograms } from './go-build.ts';
import type { GoBuildOptions } from './go-build.ts';
import { publishedKwok } from './kwok-version.ts';
import type { Platform } from './platform.ts';
import { readPlatform } from './platform.ts';
import { controlPlanePrograms, inspectProgram, nodePrograms } from './program.ts';
import type { Program, ProgramName, ProgramRequirement } from './program.ts';
import { downloadPrograms, publishedSources } from './published.ts';
import type { PublishedSources } from './published.ts';

export interface FindOptions extends ProgramRequirement {
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly sources?: PublishedSources;
  /** Whether to find the programs of simulated nodes too. */
  readonly withNodes?: boolean;
}

/** The programs of a control plane. */
export interface Programs {
  readonly etcd: Program;
  readonly apiserver: Program;
  readonly controllerManager: Program | null;
  /** Why there is no kube-controller-manager; null when there is one. */
  readonly controllerManagerProblem: string | null;
  /** The programs of simulated nodes; null when it has none. */
  readonly nodes: { readonly scheduler: Program; readonly kwok: Program } | null;
}

/** A failed attempt: the way (`PATH`), the program, and the reason. */
interface Attempt {
  readonly way: string;
  readonly name: ProgramName;
  readonly flaw: string;
}

interface Search {
  readonly options: FindOptions;
  readonly platform: Platform;
  /** The cache folder of this release and platform. */
  readonly cache: string;
  readonly wanted: readonly ProgramName[];
  /** Those that it cannot do without. */
  readonly required: readonly ProgramName[];
  readonly found: Map<ProgramName, Program>;
  readonly attempts: Attempt[];
}

const assets = 'KUBEBUILDER_ASSETS';
/** What a folder that `KUBEBUILDER_ASSETS` names must have at least one of. */
const usualAssets: readonly ProgramName[] = ['etcd', 'kube-apiserver'];

/**
 * Finds etcd, kube-apiserver and kube-controller-manager, and for nodes kube-scheduler and kwok: in `KUBEBUILDER_ASSETS`, on the `PATH`, in the cache, as a
 * download, as a build from Go modules, in this order. Each is run once to read its version; one that does not fit is
 * skipped with a message.
 *
 * @throws SnoopError `no_programs`, exit code 3, with one line for each way; `bad_assets`, exit code 2, when
 *   `KUBEBUILDER_ASSETS` names a folder without programs, which is probably a mistake
 */
export async function findPrograms(options: FindOptions): Promise<Programs> {
  const platform = readPlatform();
  const { release, environment } = options;
  const cache = join(environment.cacheFolder, 'control-plane', `${release}-${platform.os}-${platform.arch}`);
  const nodes = options.withNodes === true ? nodePrograms : [];
  const search: Search = {
    options,
    platform,
    cache,
    wanted: [...controlPlanePrograms, ...nodes],
    // Without kube-controller-manager the nodes' taints stay, so that nothing is scheduled.
    required: nodes.length > 0 ? [...controlPlanePrograms, ...nodes] : usualAssets,
    found: new Map(),
    attempts: [],
  };
  const folder = environment.kubebuilderAssets;
  if (folder === null) for (const name of search.wanted) recordAttempt(search, assets, name, 'it is not set');
  else {
    await checkAssets(search, folder);
    await findInFolders(search, assets, [folder]);
  }
  await findInFolders(search, 'PATH', environment.path);
  await findInFolders(search, 'the cache', [cache]);
  if (listMissing(search).length > 0) await fetchMissing(search);
  return collectPrograms(search);
}

/** A folder named by the user is not skipped silently: another one may have been meant. */
async function checkAssets({ options }: Search, folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw createBadAssetsError(folder, `cannot be read: ${explainSystemError(error)}`, error);
  }
  const missing = usualAssets.filter((name) => !names.includes(name));
  if (missing.length === usualAssets.length) throw createBadAssetsError(folder, `has no ${missing.join(' and no ')}`);
  if (missing.length > 0) options.progress.print(`${assets}: ${folder} has no ${missing.join()}; looking elsewhere.`);
}

function createBadAssetsError(folder: string, flaw: string, cause?: unknown): SnoopError {
  return new SnoopError('bad_assets', `${assets} names the folder ${folder}, which ${flaw}.`, {
    exitCode: 2,
    cause,
    advice: [`It must contain ${usualAssets.join(' and ')}. Or unset it to find or download the programs.`],
  });
}

function listMissing({ found, wanted }: Search): ProgramName[] {
  return wanted.filter((name) => !found.has(name));
}

function recordAttempt(
  { attempts, options }: Search,
  way: string,
  name: ProgramName,
  flaw: string,
  aloud = false,
): void {
  attempts.push({ way, name, flaw });
  if (aloud) options.progress.print(`${way}: ${flaw}; skipped.`);
}

async function findInFolders(search: Search, way: string, folders: readonly string[]): Promise<void> {
  await Promise.all(
    listMissing(search).map(async (name) => {
      let isThere = false;
      for (const folder of folders) {
        const path = join(folder, name);
        if (!(await isExecutable(path))) continue;
        isThere = true;
        const seen = await inspectProgram(name, path, way, search.options);
        if ('program' in seen) return void search.found.set(name, seen.program);
        recordAttempt(search, way, name, seen.flaw, true);
      }
      if (!isThere) recordAttempt(search, way, name, `no ${name} there`);
    }),
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Downloads or builds what is missing, in one process at a time. */
async function fetchMissing(search: Search): Promise<void> {
  const { cache, options } = search;
  const { release, progress, signal } = options;
  try {
    createFolders(cache);
    await access(cache, constants.W_OK);
  } catch (error) {
    const flaw = `${cache} cannot be written (${explainSystemError(error)})`;
    for (const name of listMissing(search)) recordAttempt(search, 'download', name, flaw);
    return;
  }
  const onWait = ({ pid, purpose }: { pid: number; purpose: string }): void =>
    progress.print(`Process ${pid} is ${purpose}; waiting for it.`);
  await withLock(cache, { purpose: `getting the programs of Kubernetes ${release}`, onWait, signal }, async () => {
    // Another process may have stored them in the meantime; remove what a killed one left.
    await findInFolders(search, 'the cache', [cache]);
    for (const name of await readdir(cache)) {
      if (name.startsWith('work-')) await rm(join(cache, name), { recursive: true, force: true });
    }
    const folder = join(cache, `work-${process.pid}`);
    try {
      await downloadMissing(search, join(folder, 'download'));
      await buildMissing(search, join(folder, 'build'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function downloadMissing(search: Search, folder: string): Promise<void> {
  const missing = listMissing(search);
  if (missing.length === 0) return;
  const { release, progress, signal, sources = publishedSources } = search.options;
  await mkdir(folder, { recursive: true });
  const results = await progress.step(`Downloading ${missing.join(', ')} of Kubernetes ${release}`, (update) => {
    const onProgress = (bytes: number, totalBytes: number | null): void =>
      update(`${toMegabytes(bytes)}${totalBytes === null ? '' : ` of ${toMegabytes(totalBytes)}`} MB of one of them`);
    const environment = search.options.environment.forPrograms;
    return downloadPrograms(missing, {
      release,
      platform: search.platform,
      sources,
      environment,
      folder,
      signal,
      onProgress,
    });
  });
  for (const [name, result] of results) {
    if ('file' in result) await storeInCache(search, 'download', 'a download', name, result.file);
    else recordAttempt(search, 'download', name, result.flaw, !/could not be fetched/.test(result.flaw));
  }
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

async function buildMissing(search: Search, folder: string): Promise<void> {
  const { release } = search.options;
  const missing = listMissing(search);
  const ofKubernetes = missing.filter((name) => name !== 'kwok');
  const what = `${ofKubernetes.join(', ')} ${ofKubernetes.length === 1 ? '' : 'of Kubernetes '}${release}`;
  await build(search, join(folder, 'kubernetes'), ofKubernetes, what, (options) =>
    buildPrograms(ofKubernetes, options),
  );
  const kwok = missing.filter((name) => name === 'kwok');
  await build(search, join(folder, 'kwok'), kwok, `kwok ${publishedKwok}`, buildKwok);
}

async function build(
  search: Search,
  folder: string,
  names: readonly ProgramName[],
  what: string,
  work: (options: GoBuildOptions) => Promise<void>,
): Promise<void> {
  if (names.length === 0) return;
  const { release, progress, signal, environment } = search.options;
  const { platform } = search;
  await mkdir(folder, { recursive: true });
  try {
    await progress.step(`Building ${what} with Go (minutes, once on this machine)`, (onProgress) =>
      work({ release, platform, environment: environment.forPrograms, folder, signal, onProgress }),
    );
  } catch (error) {
    signal.throwIfAborted();
    for (const name of names) recordAttempt(search, 'Go build', name, toError(error).message);
    return;
  }
  for (const name of names) await storeInCache(search, 'Go build', 'a Go build', name, join(folder, name));
}

/** Moves a program into the cache, after checking that it runs and fits. */
async function storeInCache(search: Search, way: string, from: string, name: ProgramName, file: string): Promise<void> {
  const seen = await inspectProgram(name, file, from, search.options);
  if ('flaw' in seen) return recordAttempt(search, way, name, seen.flaw, true);
  const path = join(search.cache, name);
  await rename(file, path);
  search.found.set(name, { ...seen.program, path });
}

function collectPrograms(search: Search): Programs {
  const { found, attempts, required } = search;
  const [etcd, apiserver] = [found.get('etcd'), found.get('kube-apiserver')];
  if (!etcd || !apiserver || required.some((name) => !found.has(name))) throw createNoProgramsError(search);
  const [scheduler, kwok] = [found.get('kube-scheduler'), found.get('kwok')];
  const controllerManager = found.get('kube-controller-manager') ?? null;
  const last = attempts.filter(({ name }) => name === 'kube-controller-manager').at(-1);
  return {
    etcd,
    apiserver,
    controllerManager,
    controllerManagerProblem: controllerManager ? null : `none was found (${last?.way}: ${last?.flaw})`,
    nodes: scheduler && kwok ? { scheduler, kwok } : null,
  };
}

function createNoProgramsError({ options, cache, attempts, found, required }: Search): SnoopError {
  const { release, withNodes } = options;
  const missing = required.filter((name) => !found.has(name));
  const describeAttempts = (way: string): string => {
    // In the programs' order: they were searched in parallel.
    const tried = missing.flatMap((name) => attempts.filter((attempt) => attempt.way === way && attempt.name === name));
    return [...new Set(tried.map(({ flaw }) => flaw))].join('; ') || 'not tried';
  };
  const all = withNodes
    ? `${missing.join(', ')} for Kubernetes ${release}`
    : `etcd ${requiredEtcd(release).least} or newer and kube-apiserver ${release}`;
  const title = (name: ProgramName): string => (name === 'kwok' ? `kwok ${publishedKwok}` : `${name} ${release}`);
  const what = missing.map((name) => (name === 'etcd' ? 'etcd' : title(name))).join(' and no ');
  return new SnoopError('no_programs', `No ${what} found. What was tried:`, {
    advice: [
      `${assets}, a folder with ${all}: ${describeAttempts(assets)}`,
      `PATH, with ${all} on it: ${describeAttempts('PATH')}`,
      `the cache ${cache}, filled by a download or a build: ${describeAttempts('the cache')}`,
      `a download of the published programs: ${describeAttempts('download')}`,
      `a build from Go modules, with a Go that is new enough on the PATH: ${describeAttempts('Go build')}`,
      ...(withNodes ? ["Without nodes: 'snoop up --nodes 0'."] : []),
    ],
  });
}
