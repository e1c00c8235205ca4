import { readdir } from 'node:fs/promises';
import { explainSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import { requiredEtcd } from './etcd-version.ts';
import { publishedKwok } from './kwok-version.ts';
import { controlPlanePrograms, nodePrograms } from './program.ts';
import type { Program, ProgramName } from './program.ts';
import { describeAttempts, findAnywhere, findInFolders, recordAttempt, startSearch } from './search.ts';
import type { Search, SearchOptions } from './search.ts';

export interface FindOptions extends SearchOptions {
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
  const nodes = options.withNodes === true ? nodePrograms : [];
  const all = [...controlPlanePrograms, ...nodes];
  // Without kube-controller-manager the nodes' taints stay, so that nothing is scheduled.
  const search = startSearch(options, all, nodes.length > 0 ? all : usualAssets);
  const folder = options.environment.kubebuilderAssets;
  if (folder === null) for (const name of search.wanted) recordAttempt(search, assets, name, 'it is not set');
  else {
    await checkAssets(search, folder);
    await findInFolders(search, assets, [folder]);
  }
  await findAnywhere(search);
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

function createNoProgramsError(search: Search): SnoopError {
  const { options, cache, found, required } = search;
  const { release } = options;
  const withNodes = required.includes('kwok');
  const missing = required.filter((name) => !found.has(name));
  const all = withNodes
    ? `${missing.join(', ')} for Kubernetes ${release}`
    : `etcd ${requiredEtcd(release).least} or newer and kube-apiserver ${release}`;
  const title = (name: ProgramName): string => (name === 'kwok' ? `kwok ${publishedKwok}` : `${name} ${release}`);
  const what = missing.map((name) => (name === 'etcd' ? 'etcd' : title(name))).join(' and no ');
  return new SnoopError('no_programs', `No ${what} found. What was tried:`, {
    advice: [
      `${assets}, a folder with ${all}: ${describeAttempts(search, assets)}`,
      `PATH, with ${all} on it: ${describeAttempts(search, 'PATH')}`,
      `the cache ${cache}, filled by a download or a build: ${describeAttempts(search, 'the cache')}`,
      `a download of the published programs: ${describeAttempts(search, 'download')}`,
      `a build from Go modules, with a Go that is new enough on the PATH: ${describeAttempts(search, 'Go build')}`,
      ...(withNodes ? ["Without nodes: 'snoop up --nodes 0'."] : []),
    ],
  });
}
