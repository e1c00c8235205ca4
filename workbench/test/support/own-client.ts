import type { KubeConfig } from '@kubernetes/client-node';
import { openAuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import { stampOwnRequest } from '../../src/audited-cluster/own-kube-config.ts';

/** The client of a cluster for requests that are no test's: they go out as the workbench's own. */
export function openOwnClient(kubeconfig: string): KubeConfig {
  return openAuditedCluster({ files: [kubeconfig], context: null }, stampOwnRequest).kubeConfig;
}
