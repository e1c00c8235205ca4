import type { ClusterApi } from './cluster-api.ts';

interface Deployment {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** true when all replicas are up to date and available, else null. */
export async function isWorkbenchReady(api: ClusterApi): Promise<true | null> {
  const found = await api.get('/apis/apps/v1/namespaces/snoop/deployments/workbench');
  if (typeof found !== 'object' || found === null) return null;
  const { metadata, spec, status } = found as Deployment;
  const replicas = spec.replicas ?? 1;
  const ready =
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === replicas &&
    status.availableReplicas === replicas;
  return ready ? true : null;
}
