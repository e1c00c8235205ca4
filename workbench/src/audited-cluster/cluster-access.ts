import type { RequestStamp } from './agent-pool.ts';
import { fillKubeConfig, readKubeconfig } from './load-kubeconfig.ts';
import type { Kubeconfig, KubeconfigChoice } from './load-kubeconfig.ts';
import type { ClusterAccess } from './raw-request.ts';
import type { StampedKubeConfig } from './stamped-kube-config.ts';

/** The address of one of a cluster's servers. */
export interface ServerAddress {
  readonly server: string;
  /** A name that the server's certificate has; its address may be missing there. */
  readonly tlsServerName: string;
}

/**
 * Opens a cluster for {@link sendRaw}. The Kubernetes client, which finds the credentials, takes longer to load than most
 * commands to answer: it is loaded with the first request, so that commands import this as any other file.
 *
 * @param address instead of the kubeconfig's own
 * @throws SnoopError as `readKubeconfig`
 */
export function openClusterAccess(
  choice: KubeconfigChoice,
  stamp: RequestStamp,
  address: Partial<ServerAddress> = {},
): ClusterAccess {
  const kubeconfig = changeAddress(readKubeconfig(choice), address);
  let config: Promise<StampedKubeConfig> | undefined;
  return {
    getCurrentCluster: () => kubeconfig.cluster,
    async applyToHTTPSOptions(options) {
      config ??= import('./stamped-kube-config.ts').then(({ StampedKubeConfig: Config }) =>
        fillKubeConfig(new Config(stamp), kubeconfig),
      );
      await (await config).applyToHTTPSOptions(options);
    },
  };
}

function changeAddress(kubeconfig: Kubeconfig, address: Partial<ServerAddress>): Kubeconfig {
  const cluster = { ...kubeconfig.cluster, ...address };
  return {
    ...kubeconfig,
    cluster,
    clusters: kubeconfig.clusters.map((one) => (one.name === cluster.name ? cluster : one)),
  };
}
