import { version } from '../version.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import { StampedKubeConfig } from './stamped-kube-config.ts';

/** The agent of what the workbench itself asks of a cluster (versions, documents, namespaces); never part of a run's evidence. */
const ownUserAgent = `snoop/${version}`;

/** A kubeconfig whose requests go out as the workbench's own. */
export function openOwnKubeConfig(choice: KubeconfigChoice): StampedKubeConfig {
  const config = new StampedKubeConfig((request) => void request.setHeader('User-Agent', ownUserAgent));
  return loadKubeconfig(config, choice);
}
