import type { KubeConfig } from '@kubernetes/client-node';
import { openAuditedCluster } from '../../src/audited-cluster/audited-cluster.ts';
import { stampOwnRequest } from '../../src/audited-cluster/own-kube-config.ts';

/** A client for requests of the workbench, outside the evidence. */
export function openOwnClient(kubeconfig: string): KubeConfig {
  return openAuditedCluster({ files: [kubeconfig], context: null }, stampOwnRequest).kubeConfig;
}
