import { compareReleases, readProgramOutput, toError } from '@snoop/snoopdb';
import { canOpenData, requiredEtcd } from './etcd-version.ts';
import { isUsableKwok, publishedKwok } from './kwok-version.ts';

const versionTimeoutMs = 20_000;

export const controlPlanePrograms = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
/** The programs of simulated nodes. */
export const nodePrograms = ['kube-scheduler', 'kwok'] as const;
export type ProgramName = (typeof controlPlanePrograms)[number] | (typeof nodePrograms)[number] | 'e2e.test';

/** A program whose version was checked. */
export interface Program {
  readonly name: ProgramName;
  readonly path: string;
  readonly version: string;
  /** Its origin, for people: `KUBEBUILDER_ASSETS`, `PATH`, `the cache`, `a download`, `a Go build`. */
  readonly from: string;
}

/** What the programs must fulfil. */
export interface ProgramRequirement {
  /** The Kubernetes release, exactly. */
  readonly release: string;
  /** The version of the etcd that wrote the existing data; null when there are none. */
  readonly etcdData: string | null;
}

const versionPattern: Record<ProgramName, RegExp> = {
  etcd: /^etcd Version: v?(\S+)/m,
  'kube-apiserver': /^Kubernetes v(\S+)/m,
  'kube-controller-manager': /^Kubernetes v(\S+)/m,
  'kube-scheduler': /^Kubernetes v(\S+)/m,
  kwok: /^kwok version v?(\S+)/m,
  'e2e.test': /^v(\S+)/m,
};

/** Runs the file with `--version` and checks the answer. */
export async function inspectProgram(
  name: ProgramName,
  path: string,
  from: string,
  wish: ProgramRequirement,
): Promise<{ program: Program } | { flaw: string }> {
  let answer: string;
  try {
    answer = await readProgramOutput(path, ['--version'], { env: {}, timeoutMs: versionTimeoutMs });
  } catch (error) {
    const reason = toError(error).message.split('\n')[0];
    return { flaw: `${path} does not run here (${reason})` };
  }
  const version = versionPattern[name].exec(answer)?.[1];
  if (version === undefined) return { flaw: `${path} --version prints no version` };
  const flaw = findFlaw(name, version, wish);
  return flaw === null
    ? { program: { name, path, version, from } }
    : { flaw: `${path} is ${name} ${version}, but ${flaw}` };
}

function findFlaw(name: ProgramName, version: string, { release, etcdData }: ProgramRequirement): string | null {
  if (name === 'kwok') return isUsableKwok(version) ? null : `${publishedKwok} or a later patch of it is needed`;
  if (name !== 'etcd') return version === release ? null : `${release} is needed`;
  const { least } = requiredEtcd(release);
  if (compareReleases(version, least) < 0) return `kube-apiserver ${release} needs ${least} or newer`;
  if (etcdData !== null && !canOpenData(version, etcdData)) return `the state's data was written by etcd ${etcdData}`;
  return null;
}
