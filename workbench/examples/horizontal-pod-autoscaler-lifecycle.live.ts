// autoscaling/v2 is stable and no e2e test hits it; it is not eligible for conformance, and the report says why.
import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { AutoscalingV2Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { expect } from 'vitest';

const group = '/apis/autoscaling/v2';
const labelSelector = 'example=autoscaler';
const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

function describeAutoscaler(name: string): V2HorizontalPodAutoscaler {
  return {
    metadata: { name, labels: { example: 'autoscaler' } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'no-such-deployment' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  };
}

liveTest('HorizontalPodAutoscaler lifecycle', async ({ cluster, namespace, step }) => {
  const autoscaling = cluster.client(AutoscalingV2Api);
  const name = 'first';

  await step('create two', async () => {
    for (const each of [name, 'second']) {
      await autoscaling.createNamespacedHorizontalPodAutoscaler({ namespace, body: describeAutoscaler(each) });
    }
  });

  await step('read and list', async () => {
    const read = await autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name });
    expect(read.spec?.maxReplicas).toBe(3);
    const list = await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace, labelSelector });
    expect(list.items).toHaveLength(2);
    const everywhere = await autoscaling.listHorizontalPodAutoscalerForAllNamespaces({ labelSelector });
    expect(everywhere.items.length).toBeGreaterThanOrEqual(2);
  });

  await step('watch while it is patched', async () => {
    // A watch is a request on the collection: it counts for the list endpoint.
    const sawPatch = new Promise<void>((resolve, reject) => {
      const path = `${group}/namespaces/${namespace}/horizontalpodautoscalers`;
      const abort = cluster.watch().watch(
        path,
        { labelSelector },
        async (_type, watched: V2HorizontalPodAutoscaler) => {
          if (watched.spec?.maxReplicas !== 5) return;
          resolve();
          (await abort).abort();
        },
        (error) => reject(error ?? new Error('the watch ended before it saw the patch')),
      );
      abort.catch(reject);
    });
    const body = { spec: { maxReplicas: 5 } };
    await autoscaling.patchNamespacedHorizontalPodAutoscaler({ namespace, name, body }, mergePatch);
    await sawPatch;
  });

  await step('replace', async () => {
    const body = describeAutoscaler(name);
    const replaced = await autoscaling.replaceNamespacedHorizontalPodAutoscaler({ namespace, name, body });
    expect(replaced.spec?.maxReplicas).toBe(3);
  });

  await step('read, patch and replace the status', async () => {
    const status = { currentReplicas: 1, desiredReplicas: 2, currentMetrics: [], conditions: [] };
    await autoscaling.patchNamespacedHorizontalPodAutoscalerStatus({ namespace, name, body: { status } }, mergePatch);
    const read = await autoscaling.readNamespacedHorizontalPodAutoscalerStatus({ namespace, name });
    expect(read.metadata?.name).toBe(name);
    const body = { ...describeAutoscaler(name), status };
    await autoscaling.replaceNamespacedHorizontalPodAutoscalerStatus({ namespace, name, body });
  });

  await step('delete one, then the collection', async () => {
    await autoscaling.deleteNamespacedHorizontalPodAutoscaler({ namespace, name });
    await autoscaling.deleteCollectionNamespacedHorizontalPodAutoscaler({ namespace, labelSelector });
    const left = await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace });
    expect(left.items).toHaveLength(0);
  });
});
