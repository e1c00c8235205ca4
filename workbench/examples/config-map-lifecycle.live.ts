// Everything here is tested already: the report says so, and the projected change is 0.
import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { expect } from 'vitest';

liveTest('ConfigMap lifecycle', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  const name = 'greeting';

  await step('create', async () => {
    const body = { metadata: { name, labels: { example: 'config-map' } }, data: { greeting: 'hello' } };
    const created = await core.createNamespacedConfigMap({ namespace, body });
    expect(created.data).toEqual({ greeting: 'hello' });
  });

  await step('read and list', async () => {
    const read = await core.readNamespacedConfigMap({ namespace, name });
    expect(read.metadata?.name).toBe(name);
    const list = await core.listNamespacedConfigMap({ namespace, labelSelector: 'example=config-map' });
    expect(list.items).toHaveLength(1);
  });

  await step('patch', async () => {
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name, body: { data: { greeting: 'good day' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.data).toEqual({ greeting: 'good day' });
  });

  await step('delete', async () => {
    await core.deleteNamespacedConfigMap({ namespace, name });
    // A 404 is not a success: it is listed separately and hits nothing.
    await expect(core.readNamespacedConfigMap({ namespace, name })).rejects.toMatchObject({ code: 404 });
  });
});
