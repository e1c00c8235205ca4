import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { AppsV1Api, BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
import { expect, vi } from 'vitest';

// Run by nodes.slow.test.ts in a control plane with simulated nodes, without exec.

const containers = [{ name: 'main', image: 'example.org/none:1' }];
const labels = { app: 'nodes' };
const wait = { timeout: 30_000, interval: 100 };

liveTest('a Pod is scheduled, runs, answers and is evicted', async ({ cluster, namespace, step }) => {
  const core = cluster.client(CoreV1Api);
  const pod = { name: 'web', namespace };
  await step('create', async () => {
    await core.createNamespacedPod({ namespace, body: { metadata: { name: pod.name }, spec: { containers } } });
    await vi.waitFor(async () => {
      const { spec, status } = await core.readNamespacedPod(pod);
      expect(status?.phase).toBe('Running');
      expect(spec?.nodeName).toMatch(/^snoop-node-\d$/);
    }, wait);
  });
  await step('logs', async () => {
    expect(await core.readNamespacedPodLog(pod)).toBe('A simulated container of snoop started.\n');
    const stream = new PassThrough();
    const text = once(stream, 'data');
    const abort = await cluster.log().log(namespace, pod.name, 'main', stream, { follow: true });
    expect(String((await text)[0])).toContain('started');
    abort.abort();
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.name}/log?sinceSeconds=1`;
    expect(await cluster.request({ path })).toMatchObject({ status: 200, body: '' });
  });
  await step('attach', async () => {
    const socket = await cluster.attach().attach(namespace, pod.name, 'main', new PassThrough(), null, null, false);
    expect(socket.readyState).toBe(1);
    socket.close();
  });
  await step('port-forward', async () => {
    const local = createServer((socket) => {
      void cluster.portForward().portForward(namespace, pod.name, [8080], socket, null, socket);
    });
    await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve));
    const { port } = local.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/any`, { headers: { connection: 'close' } });
    expect(await answer.text()).toBe('A simulated container of snoop.\n');
    local.close();
  });
  await step('exec is refused', async () => {
    const refused = cluster.exec().exec(namespace, pod.name, 'main', ['/bin/true'], null, null, null, false);
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('403') });
  });
  await step('evict', async () => {
    await core.createNamespacedPodEviction({ ...pod, body: { metadata: { name: pod.name } } });
    await vi.waitFor(async () => expect((await core.listNamespacedPod({ namespace })).items).toEqual([]), wait);
  });
});

liveTest('a Deployment becomes available', async ({ cluster, namespace }) => {
  const apps = cluster.client(AppsV1Api);
  await apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    },
  });
  await vi.waitFor(async () => {
    const { status } = await apps.readNamespacedDeployment({ name: 'web', namespace });
    expect(status?.availableReplicas).toBe(3);
  }, wait);
});

liveTest('a Job completes, with init containers', async ({ cluster, namespace }) => {
  const batch = cluster.client(BatchV1Api);
  const initContainers = [...containers, { name: 'side', image: 'x', restartPolicy: 'Always' }].map((container) => ({
    ...container,
    name: `init-${container.name}`,
  }));
  await batch.createNamespacedJob({
    namespace,
    body: {
      metadata: { name: 'once' },
      spec: { completions: 2, template: { spec: { restartPolicy: 'Never', initContainers, containers } } },
    },
  });
  await vi.waitFor(async () => {
    const { status } = await batch.readNamespacedJob({ name: 'once', namespace });
    expect(status?.succeeded).toBe(2);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Complete', status: 'True' }));
  }, wait);
});
