import { version } from '../version.ts';
import { loadKubeconfig } from './load-kubeconfig.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import { StampedKubeConfig } from './stamped-kube-config.ts';

/**
 * The user agent of the workbench's own requests (versions, documents, namespaces), which are never evidence of a
 * run.
 */
const ownUserAgent = `snoop/${version}`;

/** Opens a kubeconfig for the workbench's own requests. */
export function openOwnKubeConfig(choice: KubeconfigChoice): StampedKubeConfig {
  const config = new StampedKubeConfig((request) => void request.setHeader('User-Agent', ownUserAgent));
  return loadKubeconfig(config, choice);
}
