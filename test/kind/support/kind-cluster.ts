import { join } from 'node:path';
import { inject } from 'vitest';
import type { Ended } from './command.ts';
import { call, run } from './command.ts';
import type { AskSnoopDb } from './recorded.ts';

/** A kind cluster of this run, and the ways into it. */
export interface KindCluster {
  readonly name: string;
  readonly kubeconfig: string;
  /** kubectl's flags that name this cluster. */
  readonly where: readonly string[];
  /** The container of its (first) control plane. */
  readonly controlPlane: string;
  /** @returns stdout. @throws Error when it does not end well */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Runs a command in the workbench, as `kubectl exec` does; may fail. */
  inWorkbench(command: readonly string[]): Promise<Ended>;
  /** Runs a command on a node; default: the control plane. @throws Error if the command fails */
  onNode(command: readonly string[], options?: { node?: string; input?: string }): Promise<string>;
  /** Queries this cluster's SnoopDB with psql in the workbench. */
  readonly ask: AskSnoopDb;
}

/** @param kubeconfig default: the kubeconfig of the test run */
export function openKindCluster(name: string, kubeconfig = join(inject('runFolder'), 'kubeconfig')): KindCluster {
  const controlPlane = `${name}-control-plane`;
  const where = ['--kubeconfig', kubeconfig, '--context', `kind-${name}`];
  const kubectl: KindCluster['kubectl'] = (args, input = '') => call('kubectl', [...where, ...args], { input });
  return {
    name,
    kubeconfig,
    where,
    controlPlane,
    kubectl,
    inWorkbench: (command) =>
      run('kubectl', [...where, 'exec', '-i', '-n', 'snoop', 'deploy/workbench', '--', ...command]),
    onNode: (command, { node = controlPlane, input = '' } = {}) =>
      call('docker', ['exec', '-i', node, ...command], { input }),
    ask: askIn({ kubectl }, 'snoop', 'deploy/workbench'),
  };
}

/**
 * Asks the SnoopDB that psql in a Pod leads to.
 *
 * @param settings for psql, where the Pod has them not: `PGPASSWORD=…`
 */
export function askIn(
  { kubectl }: Pick<KindCluster, 'kubectl'>,
  namespace: string,
  pod: string,
  settings: readonly string[] = [],
): AskSnoopDb {
  return async (sql) => {
    const psql = ['env', ...settings, 'psql', '-X', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', sql];
    const said = await kubectl(['exec', '-i', '-n', namespace, pod, '--', ...psql]);
    return said
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  };
}

/** Loads images on nodes; default: the control plane, which alone runs what belongs to a kind cluster. */
export async function loadImages(
  { name, controlPlane }: KindCluster,
  images: readonly string[],
  nodes: readonly string[] = [controlPlane],
): Promise<void> {
  await call('kind', ['load', 'docker-image', ...images, '--name', name, '--nodes', nodes.join(',')]);
}

/** What a person would look at when something is wrong; the cluster is gone when they read it. */
export async function describeTrouble({ where, controlPlane }: KindCluster): Promise<string> {
  if ((await run('docker', ['inspect', controlPlane], { deadlineS: 30 })).exitCode !== 0)
    return 'There is no cluster to look at.';
  const onNode = ['exec', controlPlane];
  const looks: [string, string[]][] = [
    ['kubectl', [...where, 'get', 'pods', '-A', '-o', 'wide']],
    ['kubectl', [...where, 'get', 'events', '-A', '--sort-by=.lastTimestamp']],
    ['docker', [...onNode, 'crictl', 'ps', '-a']],
    ...['snoopdb', 'auditlogger'].map((part): [string, string[]] => [
      'docker',
      [...onNode, 'sh', '-c', `tail -n 20 /var/log/pods/*_${part}-*/*/*.log`],
    ]),
  ];
  const said: string[] = [];
  for (const [program, args] of looks) {
    const { stdout, stderr } = await run(program, args, { deadlineS: 30 }).catch((error: Error) => ({
      stdout: '',
      stderr: error.message,
    }));
    said.push(`$ ${program} ${args.join(' ')}\n${`${stdout}${stderr}`.split('\n').slice(-45).join('\n')}`);
  }
  return said.join('\n');
}
