import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { loadKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { findControlPlane } from '../control-plane/state.ts';
import type { ControlPlane } from '../control-plane/state.ts';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import type { Progress } from '../progress.ts';

/** The cluster a command works on. */
export type Target = LocalTarget | NamedTarget;

/** The control plane of the state folder. */
export interface LocalTarget extends ReachableCluster {
  readonly kind: 'local';
  readonly controlPlane: ControlPlane;
}

/** A cluster that a person named with a flag. */
export interface NamedTarget extends ReachableCluster {
  readonly kind: 'named';
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
 * Chooses the cluster: the local control plane, unless another one is named by a flag. A `KUBECONFIG` in the shell is
 * no choice: nobody's production is hit because of it. A named cluster is said before the first request leaves.
 *
 * @throws SnoopError `no_control_plane` when none is named and none runs here; `bad_kubeconfig`, `unknown_context`
 */
export async function selectTarget(choice: TargetChoice): Promise<Target> {
  const controlPlane = await findControlPlane(choice.stateFolder);
  if (choice.kubeconfig === undefined && choice.context === undefined) return selectLocal(choice, controlPlane);

  const kubeconfig = { files: listNamedFiles(choice), context: choice.context ?? null };
  const named = { kind: 'named', ...describe(kubeconfig) } as const;
  if (controlPlane && sameServer(named.server, controlPlane.apiserver.url))
    return { ...named, kind: 'local', controlPlane };
  choice.progress.say(`cluster ${named.server} (context ${named.context}, user ${named.user})`);
  return named;
}

/** The local control plane, for a question that can be answered without one; null when none runs. */
export async function findLocalTarget(stateFolder: string): Promise<LocalTarget | null> {
  const controlPlane = await findControlPlane(stateFolder);
  return controlPlane && describeLocal(controlPlane);
}

function describeLocal(controlPlane: ControlPlane): LocalTarget {
  return { kind: 'local', controlPlane, ...describe({ files: [controlPlane.kubeconfig], context: null }) };
}

function selectLocal(choice: TargetChoice, controlPlane: ControlPlane | null): LocalTarget {
  const { environment, progress } = choice;
  if (!controlPlane) {
    const advice = ["Start one: 'snoop up'. Or name a cluster: --kubeconfig FILE, --context NAME."];
    if (environment.kubeconfig !== null) {
      advice.push(
        `The KUBECONFIG of this shell is not used by itself; if that is the cluster you mean: --kubeconfig ${environment.kubeconfig}`,
      );
    }
    throw new SnoopError('no_control_plane', `No local control plane runs in ${choice.stateFolder}.`, {
      exitCode: 2,
      advice,
    });
  }
  const local = describeLocal(controlPlane);
  const elsewhere =
    environment.kubeconfig !== null && !isOnly(environment.kubeconfig, controlPlane.kubeconfig, choice.cwd);
  if (elsewhere) {
    progress.say(
      `using the local control plane ${local.server}; KUBECONFIG (${environment.kubeconfig}) is left alone, --kubeconfig would use it`,
    );
  }
  return local;
}

/** `--kubeconfig`, else `KUBECONFIG`, else kubectl's own default: the flag `--context` alone names one of those. */
function listNamedFiles({ kubeconfig, environment, cwd }: TargetChoice): string[] {
  const list = kubeconfig ?? environment.kubeconfig ?? join(homedir(), '.kube', 'config');
  return splitFiles(list, cwd);
}

function splitFiles(list: string, cwd: string): string[] {
  return list
    .split(delimiter)
    .filter((file) => file !== '')
    .map((file) => resolve(cwd, file));
}

function isOnly(list: string, file: string, cwd: string): boolean {
  return splitFiles(list, cwd).every((one) => one === resolve(file));
}

function describe(kubeconfig: KubeconfigChoice): ReachableCluster {
  const config = loadKubeconfig(new KubeConfig(), kubeconfig);
  return {
    kubeconfig,
    context: config.getCurrentContext(),
    server: config.getCurrentCluster()?.server ?? '',
    user: config.getCurrentUser()?.name ?? 'none',
  };
}

function sameServer(left: string, right: string): boolean {
  return URL.canParse(left) && URL.canParse(right) && new URL(left).origin === new URL(right).origin;
}
