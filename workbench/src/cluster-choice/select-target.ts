import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { skipMissing, readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import type { Environment } from '../environment.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { readKindState } from '../kind/state.ts';
import type { Progress } from '../progress.ts';
import { findStateCluster } from './state-cluster.ts';
import type { StateCluster } from './state-cluster.ts';

/** The cluster a command works on. */
export type Target = StateTarget | NamedTarget;

/** The cluster of the state folder. */
export interface StateTarget extends ReachableCluster {
  readonly kind: StateCluster['kind'];
  readonly stateCluster: StateCluster;
}

/** A cluster named by a flag or by SNOOP_KUBECONFIG. */
export interface NamedTarget extends ReachableCluster {
  readonly kind: 'named';
  readonly stateCluster: null;
}

interface ReachableCluster {
  readonly kubeconfig: KubeconfigChoice;
  readonly context: string;
  readonly server: string;
  readonly user: string;
}

export interface TargetChoice {
  /** `--kubeconfig`: one path or several, separated as in `KUBECONFIG`. */
  readonly kubeconfig: string | undefined;
  /** `--context`. */
  readonly context: string | undefined;
  readonly environment: Environment;
  readonly stateFolder: string;
  readonly cwd: string;
  readonly progress: Progress;
}

/**
 * Chooses the cluster: the one a flag names, else the state folder's, else the one of `SNOOP_KUBECONFIG`. A
 * `KUBECONFIG` in the shell selects nothing, so that no production cluster is hit by accident. A named cluster is
 * printed before the first request.
 *
 * @throws SnoopError `no_control_plane` when none is named and none runs here; `bad_kubeconfig`, `unknown_context`
 */
export async function selectTarget(choice: TargetChoice): Promise<Target> {
  const stateTarget = await findStateTarget(choice.stateFolder);
  if (choice.kubeconfig === undefined && choice.context === undefined) return selectUnnamed(choice, stateTarget);
  if (choice.kubeconfig?.trim() === '') throw wrongUse('--kubeconfig is empty.', 'Name a file: --kubeconfig FILE.');
  const named = describeCluster({ files: listNamedFiles(choice), context: choice.context ?? null });
  if (stateTarget && isSameServer(named.server, stateTarget.server)) {
    return { ...named, kind: stateTarget.kind, stateCluster: stateTarget.stateCluster };
  }
  return announceCluster(choice, named);
}

function announceCluster({ progress }: TargetChoice, named: ReachableCluster): NamedTarget {
  progress.print(`cluster ${named.server} (context ${named.context}, user ${named.user})`);
  return { ...named, kind: 'named', stateCluster: null };
}

/** Finds the state folder's cluster; null when none runs. */
export async function findStateTarget(stateFolder: string): Promise<StateTarget | null> {
  const stateCluster = await findStateCluster(stateFolder);
  return stateCluster && { kind: stateCluster.kind, stateCluster, ...describeCluster(stateCluster.kubeconfig) };
}

/** Finds the cluster of `SNOOP_KUBECONFIG`; null: not set. @throws SnoopError as {@link selectTarget} */
export function findEnvironmentTarget(environment: Environment, cwd: string): NamedTarget | null {
  if (environment.clusterKubeconfig === null) return null;
  const files = splitFiles(environment.clusterKubeconfig, cwd);
  return { ...describeCluster({ files, context: null }), kind: 'named', stateCluster: null };
}

function selectUnnamed(choice: TargetChoice, stateTarget: StateTarget | null): Target {
  const { environment, progress } = choice;
  if (!stateTarget) {
    const named = findEnvironmentTarget(environment, choice.cwd);
    if (named) return announceCluster(choice, named);
    const kind = readKindState(choice.stateFolder);
    const advice = [
      ...(kind === null
        ? []
        : [`The kind cluster ${kind.name} cannot be reached from here: 'snoop up --kind' repairs it.`]),
      "Start one: 'snoop up' or 'snoop up --kind'. Or use another cluster: --kubeconfig FILE, --context NAME.",
    ];
    if (environment.kubeconfig !== null) {
      advice.push(`KUBECONFIG of this shell is ignored. To use that cluster: --kubeconfig ${environment.kubeconfig}`);
    }
    throw new SnoopError('no_control_plane', `No cluster runs in ${choice.stateFolder}.`, {
      exitCode: 2,
      advice,
    });
  }
  const elsewhere =
    environment.kubeconfig !== null &&
    !isOnly(environment.kubeconfig, stateTarget.stateCluster.kubeconfig.files, choice.cwd);
  if (elsewhere) {
    const name = stateTarget.kind === 'local' ? 'the local control plane' : 'the kind cluster';
    progress.print(
      `using ${name} ${stateTarget.server}; KUBECONFIG (${environment.kubeconfig}) is ignored, use --kubeconfig to select it`,
    );
  }
  return stateTarget;
}

/** `--kubeconfig`, else `KUBECONFIG`, else kubectl's default; the last two only when `--context` is given. */
function listNamedFiles({ kubeconfig, environment, cwd }: TargetChoice): string[] {
  if (kubeconfig !== undefined) return splitFiles(kubeconfig, cwd);
  return skipMissing(splitFiles(environment.kubeconfig ?? join(homedir(), '.kube', 'config'), cwd));
}

function splitFiles(list: string, cwd: string): string[] {
  return list
    .split(delimiter)
    .filter((file) => file !== '')
    .map((file) => resolve(cwd, file));
}

function isOnly(list: string, files: readonly string[], cwd: string): boolean {
  return splitFiles(list, cwd).every((one) => files.some((file) => one === resolve(file)));
}

function describeCluster(kubeconfig: KubeconfigChoice): ReachableCluster {
  const { context, cluster, users } = readKubeconfig(kubeconfig);
  const user = users.find(({ name }) => name === context.user);
  return { kubeconfig, context: context.name, server: cluster.server, user: user?.name ?? 'none' };
}

function isSameServer(left: string, right: string): boolean {
  return URL.canParse(left) && URL.canParse(right) && new URL(left).origin === new URL(right).origin;
}
