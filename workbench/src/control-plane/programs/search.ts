import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainSystemError, createFolders, toError, withLock } from '@snoop/snoopdb';
import type { Environment } from '../../environment.ts';
import type { Progress } from '../../progress.ts';
import { buildE2e, buildKwok, buildPrograms } from './go-build.ts';
import type { GoBuildOptions } from './go-build.ts';
import { publishedKwok } from './kwok-version.ts';
import { readPlatform, type Platform } from './platform.ts';
import { inspectProgram } from './program.ts';
import type { Program, ProgramName, ProgramRequirement } from './program.ts';
import { downloadPrograms, publishedSources } from './published.ts';
import type { PublishedSources } from './published.ts';

export interface SearchOptions extends ProgramRequirement {
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly sources?: PublishedSources;
}

/** A failed attempt: the way (`PATH`), the program, and the reason. */
export interface Attempt {
  readonly way: string;
  readonly name: ProgramName;
  readonly flaw: string;
}

export interface Search {
  readonly options: SearchOptions;
  readonly platform: Platform;
  /** The cache folder of this release and platform. */
  readonly cache: string;
  readonly wanted: readonly ProgramName[];
  /** Those that it cannot do without. */
  readonly required: readonly ProgramName[];
  readonly found: Map<ProgramName, Program>;
  readonly attempts: Attempt[];
}

/** Begins a search for these programs of a release. */
export function startSearch(
  options: SearchOptions,
  wanted: readonly ProgramName[],
  required: readonly ProgramName[] = wanted,
): Search {
  const platform = readPlatform();
  const folder = `${options.release}-${platform.os}-${platform.arch}`;
  const cache = join(options.environment.cacheFolder, 'control-plane', folder);
  return { options, platform, cache, wanted, required, found: new Map(), attempts: [] };
}

/** Finds the programs on the `PATH`, in the cache, as a download, as a build from Go modules, in this order. */
export async function findAnywhere(search: Search): Promise<void> {
  await findInFolders(search, 'PATH', search.options.environment.path);
  await findInFolders(search, 'the cache', [search.cache]);
  if (listMissing(search).length > 0) await fetchMissing(search);
}

/** Describes the attempts of one way at the programs that are missing. */
export function describeAttempts({ attempts, required, found }: Search, way: string): string {
  const missing = required.filter((name) => !found.has(name));
  // In the programs' order: they were searched in parallel.
  const tried = missing.flatMap((name) => attempts.filter((attempt) => attempt.way === way && attempt.name === name));
  return [...new Set(tried.map(({ flaw }) => flaw))].join('; ') || 'not tried';
}

function listMissing({ found, wanted }: Search): ProgramName[] {
  return wanted.filter((name) => !found.has(name));
}

export function recordAttempt(
  { attempts, options }: Search,
  way: string,
  name: ProgramName,
  flaw: string,
  aloud = false,
): void {
  attempts.push({ way, name, flaw });
  if (aloud) options.progress.print(`${way}: ${flaw}; skipped.`);
}

export async function findInFolders(search: Search, way: string, folders: readonly string[]): Promise<void> {
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
  const ofKubernetes = missing.filter((name) => name !== 'kwok' && name !== 'e2e.test');
  const what = `${ofKubernetes.join(', ')} ${ofKubernetes.length === 1 ? '' : 'of Kubernetes '}${release}`;
  await build(search, join(folder, 'kubernetes'), ofKubernetes, what, (options) =>
    buildPrograms(ofKubernetes, options),
  );
  const kwok = missing.filter((name) => name === 'kwok');
  await build(search, join(folder, 'kwok'), kwok, `kwok ${publishedKwok}`, buildKwok);
  const e2e = missing.filter((name) => name === 'e2e.test');
  await build(search, join(folder, 'e2e'), e2e, `e2e.test of Kubernetes ${release}`, buildE2e);
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
