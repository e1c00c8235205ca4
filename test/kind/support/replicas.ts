import type { KindCluster } from './kind-cluster.ts';
import { waitUntil } from './wait-until.ts';

/** A running auditlogger of the production overlay. */
export interface Replica {
  readonly pod: string;
  readonly node: string;
  readonly container: string;
  readonly ready: boolean;
}

export async function listReplicas(cluster: KindCluster): Promise<Replica[]> {
  const labels = 'app.kubernetes.io/name=auditlogger';
  const said = await cluster.kubectl(['get', 'pods', '-n', 'snoop', '-l', labels, '-o', 'json']);
  const { items } = JSON.parse(said) as {
    items: {
      metadata: { name: string };
      spec: { nodeName: string };
      status: { containerStatuses: { containerID: string; ready: boolean }[] };
    }[];
  };
  return items.map(({ metadata, spec, status }) => ({
    pod: metadata.name,
    node: spec.nodeName,
    container: (status.containerStatuses[0]?.containerID ?? '').replace(/^.*:\/\//, ''),
    ready: status.containerStatuses[0]?.ready ?? false,
  }));
}

/** Ends its program at once, in the middle of whatever it does, as a crash or the kernel would. */
export async function killReplica(cluster: KindCluster, { node, container }: Replica): Promise<void> {
  const said = await cluster.onNode(['crictl', 'inspect', '--output', 'json', container], { node });
  const { info } = JSON.parse(said) as { info: { pid: number } };
  await cluster.onNode(['kill', '-KILL', String(info.pid)], { node });
}

/** Resolves when another container is ready in the place of one that was killed. */
export function sawReplicaBack(cluster: KindCluster, killed: Replica): Promise<void> {
  return waitUntil(`${killed.pod} is ready again`, async () =>
    (await listReplicas(cluster)).some(
      ({ pod, container, ready }) => pod === killed.pod && container !== killed.container && ready,
    ),
  );
}
