import type { KindCluster } from './kind-cluster.ts';
import { waitUntil } from './wait-until.ts';

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';

/** Gives a cluster's kube-apiserver flags, in the place of those of the same names, and waits until it serves with them. */
export async function setApiserverFlags(cluster: KindCluster, flags: readonly string[]): Promise<void> {
  const lines = (await cluster.onNode(['cat', manifest])).split('\n');
  const names = flags.map((flag) => flag.slice(0, flag.indexOf('=')));
  const kept = lines.filter((line) => !names.some((name) => line.trim().startsWith(`- ${name}=`)));
  const command = kept.findIndex((line) => line.trim() === '- kube-apiserver');
  const indent = ' '.repeat(kept[command]?.indexOf('-') ?? 0);
  kept.splice(command + 1, 0, ...flags.map((flag) => `${indent}- ${flag}`));
  // The kubelet ignores files that start with a dot, so it sees only the complete file.
  const draft = manifest.replace(/[^/]*$/, '.kube-apiserver.yaml');
  await cluster.onNode(['sh', '-c', `cat >${draft} && mv ${draft} ${manifest}`], { input: kept.join('\n') });
  await waitUntil('the kube-apiserver serves with its new flags', async () => {
    const running = await cluster.onNode(['sh', '-c', `tr '\\0' '\\n' </proc/$(pidof -s kube-apiserver)/cmdline`]);
    if (!flags.every((flag) => running.split('\n').includes(flag))) return false;
    return (await cluster.kubectl(['get', '--raw', '/readyz'])) === 'ok';
  });
}
