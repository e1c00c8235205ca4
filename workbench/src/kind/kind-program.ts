import { compareReleases, ProgramMissing, runProgram, splitRelease } from '@snoop/snoopdb';
import type { Outcome, ProcessIdentity, ProgramOptions } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { Tools } from './docker.ts';
import { createForeignClusterError } from './cluster-conflict.ts';
import { explainOutcome } from './program-error.ts';

/** Which kind a Kubernetes release needs, newest first, and why. */
const needs: readonly { readonly fromMinor: number; readonly least: string; readonly why: string }[] = [
  {
    fromMinor: 36,
    least: '0.32.0',
    why: 'older ones write a kubeadm configuration (v1beta3) that its kubeadm does not take',
  },
  { fromMinor: 0, least: '0.27.0', why: 'older ones cannot load images into the nodes of newer node images' },
];

/**
 * Looks for kind.
 *
 * @returns its version: `0.33.0`
 * @throws SnoopError `no_kind`, when it is missing or does not say what it is
 */
export async function requireKind(tools: Tools): Promise<string> {
  const outcome = await runKind(tools, ['version'], { timeoutMs: 20_000 });
  const version = /\bv?(\d+\.\d+\.\d+)/.exec(outcome.stdout)?.[1];
  if (outcome.exitCode === 0 && version !== undefined) return version;
  throw explainOutcome(
    'no_kind',
    "The kind on the PATH does not say its version when asked with 'kind version'.",
    outcome,
  );
}

/**
 * Whether this kind can make clusters of a Kubernetes release.
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
      advice: ['Install a newer kind, and let the PATH find it first.'],
    },
  );
}

export interface CreateOptions {
  readonly name: string;
  readonly image: string;
  readonly config: string;
  /** Relative paths in the config count from here. */
  readonly cwd: string;
  readonly kubeconfig: string;
  readonly onLine: (line: string) => void;
  readonly onStart: (identity: ProcessIdentity) => void;
}

/**
 * @throws SnoopError `kind_failed`, `disk_full`; the signal's reason. What was made by then is left to the caller. `cluster_exists`:
 *   nothing was made, the name is somebody else's.
 */
export async function createCluster(tools: Tools, options: CreateOptions): Promise<void> {
  const { name, image, config, cwd, kubeconfig, onLine, onStart } = options;
  const args = ['create', 'cluster', '--name', name, '--image', image, '--config', config, '--kubeconfig', kubeconfig];
  const outcome = await runKind(tools, args, { cwd, onLine, onStart });
  if (outcome.exitCode === 0) return;
  // kind looks for nodes of this name before it makes any.
  if (/already exist for a cluster with the name/.test(outcome.stderr)) throw createForeignClusterError(name);
  const error = explainOutcome('kind_failed', `kind could not create the cluster '${name}'.`, outcome);
  throw error.code === 'disk_full'
    ? error
    : new SnoopError(error.code, error.message, { advice: [...error.advice, ...suggestFixes(outcome)] });
}

/** The ways out of what is known to go wrong. */
function suggestFixes({ stderr }: Outcome): string[] {
  const ways: [RegExp, string][] = [
    [
      /port is already allocated|address already in use/i,
      "A port that the config asks for is taken: 'docker ps' and 'ss -ltn' say by whom.",
    ],
    [
      /could not find a log line that matches|cgroup/i,
      'Nodes that do not boot are often a matter of cgroups: kind needs cgroup v2, or a node image that still runs on v1.',
    ],
    [/too many open files|inotify/i, 'Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl).'],
    [/kubeadm init/i, "'snoop kind lint kind/kind.yaml' names files of the config that an API server would not find."],
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
  /** The cluster's. */
  readonly name: string;
  readonly nodes: readonly string[];
  readonly images: readonly string[];
  /** A folder for the archive that kind writes on the way. */
  readonly scratch: string;
}

/**
 * Puts images of this machine on nodes.
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
): Promise<Outcome> {
  const env = { ...(options.env ?? environment.forPrograms), KIND_EXPERIMENTAL_PROVIDER: 'docker' };
  try {
    return await runProgram('kind', args, { ...options, env, signal });
  } catch (error) {
    if (!(error instanceof ProgramMissing)) throw error;
    throw new SnoopError('no_kind', 'There is no kind on the PATH.', {
      cause: error,
      advice: [
        `Install kind ${needs[0]?.least} or newer: 'go install sigs.k8s.io/kind@v0.33.0', or a package of your system.`,
        "Or do without: 'snoop up' runs a real Kubernetes API on this machine.",
      ],
    });
  }
}
