import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { expect } from 'vitest';

// Run by nodes.slow.test.ts in a control plane without nodes.

liveTest('no connect endpoint of a Pod can be hit', async ({ cluster, namespace, step }) => {
  await step('create', async () => {
    const containers = [{ name: 'main', image: 'example.org/none:1' }];
    const body = { metadata: { name: 'web' }, spec: { containers } };
    await cluster.client(CoreV1Api).createNamespacedPod({ namespace, body });
  });
  await step('connect', async () => {
    for (const path of ['exec?command=true', 'attach', 'portforward?ports=80']) {
      const answer = await cluster.request({ path: `/api/v1/namespaces/${namespace}/pods/web/${path}` });
      expect(answer.status, answer.body).toBe(400);
    }
  });
});
