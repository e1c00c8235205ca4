import type { RequestStamp } from './agent-pool.ts';
import { fillKubeConfig, readKubeconfig } from './load-kubeconfig.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import type { ClusterAccess } from './raw-request.ts';
import type { StampedKubeConfig } from './stamped-kube-config.ts';

/**
 * Opens a cluster for {@link sendRaw}. The Kubernetes client, which finds the credentials, takes longer to load than most
 * commands to answer: it is loaded with the first request, so that commands import this as any other file.
 *
 * @throws SnoopError as `readKubeconfig`
 */
export function openClusterAccess(choice: KubeconfigChoice, stamp: RequestStamp): ClusterAccess {
  const kubeconfig = readKubeconfig(choice);
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
