import { version } from '../version.ts';
import type { RequestStamp } from './agent-pool.ts';
import { openClusterAccess } from './cluster-access.ts';
import type { ServerAddress } from './cluster-access.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import type { ClusterAccess } from './raw-request.ts';

/** Of what the workbench itself asks of a cluster (versions, documents, namespaces); never part of a run's evidence. */
export const stampOwnRequest: RequestStamp = (request) => void request.setHeader('User-Agent', `snoop/${version}`);

/** A cluster whose requests go out as the workbench's own. @param address instead of the kubeconfig's own */
export function openOwnKubeConfig(choice: KubeconfigChoice, address: Partial<ServerAddress> = {}): ClusterAccess {
  return openClusterAccess(choice, stampOwnRequest, address);
}
