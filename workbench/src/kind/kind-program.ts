import { compareReleases, ProgramNotFoundError, runProgram, splitRelease } from '@snoop/snoopdb';
import type { ProgramResult, ProcessIdentity, ProgramOptions } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Tools } from './docker.ts';
import { createForeignClusterError } from './cluster-conflict.ts';
import { explainOutcome } from './program-error.ts';

/** The kind version that a Kubernetes release needs, newest first, and why. */
const needs: readonly { readonly fromMinor: number; readonly least: string; readonly why: string }[] = [
  {
    fromMinor: 36,
    least: '0.32.0',
    why: 'older versions write a kubeadm configuration (v1beta3) that its kubeadm does not accept',
  },
  { fromMinor: 0, least: '0.27.0', why: 'older versions cannot load images into newer node images' },
];

/**
 * Reads the version of kind.
 *
 * @returns `0.33.0`
 * @throws SnoopError `no_kind` when it is missing or prints no version
 */
export async function requireKind(tools: Tools): Promise<string> {
  const outcome = await runKind(tools, ['version'], { timeoutMs: 20_000 });
  const version = /\bv?(\d+\.\d+\.\d+)/.exec(outcome.stdout)?.[1];
  if (outcome.exitCode === 0 && version !== undefined) return version;
  throw explainOutcome('no_kind', "'kind version' prints no version.", outcome);
}

/**
 * Checks that this kind supports a Kubernetes release.
 *
 * @throws SnoopError `old_kind`
 */
export function checkKindVersion(version: string, release: string): void {
  const { minor } = splitRelease(release);
  const need = needs.find(({ fromMinor }) => minor >= fromMinor);
  if (!need || compareReleases(version, need.least) >= 0) return;
  throw new SnoopError(
    'old_kind',
    `This is kind ${version}; Kubernetes ${release} needs ${need.least} or newer: ${need.why}.`,
    {
      advice: ['Install a newer kind, and put it first on the PATH.'],
    },
  );
}

export interface CreateOptions {
  readonly name: string;
  readonly image: string;
  readonly config: string;
  /** The base of relative paths in the config. */
  readonly cwd: string;
  readonly kubeconfig: string;
  readonly onLine: (line: string) => void;
  readonly onStart: (identity: ProcessIdentity) => void;
}

/**
 * @throws SnoopError `kind_failed`, `disk_full`; the signal's reason. The caller removes what was created.
 *   `cluster_exists`: nothing was created, the name belongs to another cluster.
 */
export async function createCluster(tools: Tools, options: CreateOptions): Promise<void> {
  const { name, image, config, cwd, kubeconfig, onLine, onStart } = options;
  const args = ['create', 'cluster', '--name', name, '--image', image, '--config', config, '--kubeconfig', kubeconfig];
  const outcome = await runKind(tools, args, { cwd, onLine, onStart });
  if (outcome.exitCode === 0) return;
  // kind checks the name before it creates nodes.
  if (/already exist for a cluster with the name/.test(outcome.stderr)) throw createForeignClusterError(name);
  const error = explainOutcome('kind_failed', `kind could not create the cluster '${name}'.`, outcome);
  throw error.code === 'disk_full'
    ? error
    : new SnoopError(error.code, error.message, { advice: [...error.advice, ...suggestFixes(outcome)] });
}

/** Remedies for known failures. */
function suggestFixes({ stderr }: ProgramResult): string[] {
  const ways: [RegExp, string][] = [
    [
      /port is already allocated|address already in use/i,
      "A port of the config is taken: 'docker ps' and 'ss -ltn' show by what.",
    ],
    [
      /could not find a log line that matches|cgroup/i,
      'Often a cgroup problem: kind needs cgroup v2, or a node image that supports v1.',
    ],
    [/too many open files|inotify/i, 'Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl).'],
    [/kubeadm init/i, "'snoop kind lint kind/kind.yaml' finds files that the API server is missing."],
  ];
  return ways.flatMap(([pattern, way]) => (pattern.test(stderr) ? [way] : []));
}

/** @throws SnoopError `kind_failed` */
export async function deleteCluster(tools: Tools, name: string, kubeconfig: string): Promise<void> {
  const outcome = await runKind(tools, ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
  if (outcome.exitCode === 0) return;
  throw explainOutcome('kind_failed', `kind could not delete the cluster '${name}'.`, outcome);
}

export interface LoadOptions {
  /** The cluster's name. */
  readonly name: string;
  readonly nodes: readonly string[];
  readonly images: readonly string[];
  /** A folder for kind's temporary archive. */
  readonly scratch: string;
}

/**
 * Loads images of this machine onto nodes.
 *
 * @throws SnoopError `kind_failed`, `disk_full`
 */
export async function loadImages(tools: Tools, { name, nodes, images, scratch }: LoadOptions): Promise<void> {
  const env = { ...tools.environment.forPrograms, TMPDIR: scratch };
  const args = ['load', 'docker-image', ...images, '--name', name, '--nodes', nodes.join(',')];
  const outcome = await runKind(tools, args, { env });
  if (outcome.exitCode === 0) return;
  throw explainOutcome('kind_failed', `kind could not load the images into ${nodes.join(', ')}.`, outcome);
}

type KindOptions = Omit<ProgramOptions, 'env' | 'signal'> & { readonly env?: ProgramOptions['env'] };

async function runKind(
  { environment, signal }: Tools,
  args: readonly string[],
  options: KindOptions = {},
): Promise<ProgramResult> {
  const env = { ...(options.env ?? environment.forPrograms), KIND_EXPERIMENTAL_PROVIDER: 'docker' };
  try {
    return await runProgram('kind', args, { ...options, env, signal });
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    throw new SnoopError('no_kind', 'kind is not on the PATH.', {
      cause: error,
      advice: [
        `Install kind ${needs[0]?.least} or newer: 'go install sigs.k8s.io/kind@v0.33.0', or a package of your system.`,
        "Or use 'snoop up': a real Kubernetes API on this machine without kind.",
      ],
    });
  }
}
