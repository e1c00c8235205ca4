import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { passOverMissing, readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import type { Environment } from '../environment.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import { readKindState } from '../kind/state.ts';
import type { Progress } from '../progress.ts';
import { findHome } from './home.ts';
import type { Home } from './home.ts';

/** The cluster a command works on. */
export type Target = HomeTarget | NamedTarget;

/** The cluster of the state folder. */
export interface HomeTarget extends ReachableCluster {
  readonly kind: Home['kind'];
  readonly home: Home;
}

/** A cluster that a person named with a flag, or that SNOOP_KUBECONFIG names. */
export interface NamedTarget extends ReachableCluster {
  readonly kind: 'named';
  readonly home: null;
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
 * Chooses the cluster: the one a flag names, else the state folder's own, else the one of `SNOOP_KUBECONFIG`. A
 * `KUBECONFIG` in the shell is no choice: nobody's production is hit because of it. A named cluster is said before the
 * first request leaves.
 *
 * @throws SnoopError `no_control_plane` when none is named and none runs here; `bad_kubeconfig`, `unknown_context`
 */
export async function selectTarget(choice: TargetChoice): Promise<Target> {
  const homeTarget = await findHomeTarget(choice.stateFolder);
  if (choice.kubeconfig === undefined && choice.context === undefined) return selectUnnamed(choice, homeTarget);
  if (choice.kubeconfig?.trim() === '')
    throw wrongUse('--kubeconfig names no file: it is empty.', 'Name one: --kubeconfig FILE.');
  const named = describe({ files: listNamedFiles(choice), context: choice.context ?? null });
  if (homeTarget && sameServer(named.server, homeTarget.server)) {
    return { ...named, kind: homeTarget.kind, home: homeTarget.home };
  }
  return sayNamed(choice, named);
}

function sayNamed({ progress }: TargetChoice, named: ReachableCluster): NamedTarget {
  progress.say(`cluster ${named.server} (context ${named.context}, user ${named.user})`);
  return { ...named, kind: 'named', home: null };
}

/** The state folder's cluster, for a question that can be answered without one; null when none runs. */
export async function findHomeTarget(stateFolder: string): Promise<HomeTarget | null> {
  const home = await findHome(stateFolder);
  return home && { kind: home.kind, home, ...describe(home.kubeconfig) };
}

/** The cluster of `SNOOP_KUBECONFIG`; null: the environment names none. @throws SnoopError as {@link selectTarget} */
export function findEnvironmentTarget(environment: Environment, cwd: string): NamedTarget | null {
  if (environment.clusterKubeconfig === null) return null;
  const files = splitFiles(environment.clusterKubeconfig, cwd);
  return { ...describe({ files, context: null }), kind: 'named', home: null };
}

function selectUnnamed(choice: TargetChoice, homeTarget: HomeTarget | null): Target {
  const { environment, progress } = choice;
  if (!homeTarget) {
    const named = findEnvironmentTarget(environment, choice.cwd);
    if (named) return sayNamed(choice, named);
    const kind = readKindState(choice.stateFolder);
    const advice = [
      ...(kind === null
        ? []
        : [`The kind cluster ${kind.name} cannot be reached from here: 'snoop up --kind' mends that.`]),
      "Start one: 'snoop up' or 'snoop up --kind'. Or name a cluster: --kubeconfig FILE, --context NAME.",
    ];
    if (environment.kubeconfig !== null) {
      advice.push(
        `The KUBECONFIG of this shell is not used by itself; if that is the cluster you mean: --kubeconfig ${environment.kubeconfig}`,
      );
    }
    throw new SnoopError('no_control_plane', `No cluster of snoop's runs in ${choice.stateFolder}.`, {
      exitCode: 2,
      advice,
    });
  }
  const elsewhere =
    environment.kubeconfig !== null && !isOnly(environment.kubeconfig, homeTarget.home.kubeconfig.files, choice.cwd);
  if (elsewhere) {
    const name = homeTarget.kind === 'local' ? 'the local control plane' : 'the kind cluster';
    progress.say(
      `using ${name} ${homeTarget.server}; KUBECONFIG (${environment.kubeconfig}) is left alone, --kubeconfig would use it`,
    );
  }
  return homeTarget;
}

/** `--kubeconfig`, else `KUBECONFIG`, else kubectl's own default: the flag `--context` alone names one of those. */
function listNamedFiles({ kubeconfig, environment, cwd }: TargetChoice): string[] {
  if (kubeconfig !== undefined) return splitFiles(kubeconfig, cwd);
  return passOverMissing(splitFiles(environment.kubeconfig ?? join(homedir(), '.kube', 'config'), cwd));
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

function describe(kubeconfig: KubeconfigChoice): ReachableCluster {
  const { context, cluster, users } = readKubeconfig(kubeconfig);
  const user = users.find(({ name }) => name === context.user);
  return { kubeconfig, context: context.name, server: cluster.server, user: user?.name ?? 'none' };
}

function sameServer(left: string, right: string): boolean {
  return URL.canParse(left) && URL.canParse(right) && new URL(left).origin === new URL(right).origin;
}
