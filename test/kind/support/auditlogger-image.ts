import { inject } from 'vitest';
import { call } from './command.ts';
import { loadImages } from './kind-cluster.ts';
import type { KindCluster } from './kind-cluster.ts';
import { version } from './project.ts';
import { waitUntil } from './wait-until.ts';

const name = `localhost/snoop/auditlogger:${version}`;

/**
 * Replaces a cluster's auditlogger by a newer one as kind/README.md says: load the image, and end the container; the kubelet
 * starts it again from what the name stands for now. The guard gives the name back, and removes the newer image.
 */
export async function replaceAuditlogger(cluster: KindCluster): Promise<void> {
  const old = (await call('docker', ['image', 'inspect', '--format', '{{.Id}}', name])).trim();
  // Another image of the same program: only what its labels say is new.
  const newer = `FROM ${name}\nLABEL snoop.test.run=${inject('clusterPrefix')} snoop.test.replaces=${old}\n`;
  await call('docker', ['build', '--tag', name, '-'], { input: newer });
  await loadImages(cluster, [name]);
  const before = await readContainer(cluster);
  await cluster.onNode(['crictl', 'stop', '--timeout', '30', before.id]);
  await waitUntil('the newer auditlogger runs', async () => {
    const { id, image } = await readContainer(cluster);
    return id !== before.id && image !== before.image;
  });
}

interface Container {
  readonly id: string;
  readonly image: string;
}

/** @throws Error while none runs */
async function readContainer(cluster: KindCluster): Promise<Container> {
  const said = await cluster.onNode(['crictl', 'ps', '--name', '^auditlogger$', '--output', 'json']);
  const { containers } = JSON.parse(said) as { containers: { id: string; imageRef: string; imageId?: string }[] };
  const [one] = containers;
  if (one === undefined) throw new Error('No auditlogger runs on the node.');
  return { id: one.id, image: one.imageId || one.imageRef };
}
