import type { ServerAddress } from '../audited-cluster/cluster-access.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';

/** kubeadm and others write this name into the certificate of every API server. */
const servingName = 'kubernetes';
const timeoutMs = 10_000;
const slices =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';

/**
 * Finds the API servers of a cluster, each with its own counters.
 *
 * @returns one without an address: the cluster has a single API server, or does not tell
 */
export async function findServers(kubeconfig: KubeconfigChoice): Promise<Partial<ServerAddress>[]> {
  const answer = await sendRaw(openOwnKubeConfig(kubeconfig), { path: slices, timeoutMs, maxBytes: 4 << 20 });
  const addresses = answer.status === 200 ? [...new Set(listAddresses(answer.json()))].sort() : [];
  if (addresses.length < 2) return [{}];
  return addresses.map((address) => ({ server: `https://${address}`, tlsServerName: servingName }));
}

function listAddresses(list: unknown): string[] {
  return asList(pick(list, 'items')).flatMap((slice) => {
    const [port] = asList(pick(slice, 'ports')).map((one) => pick(one, 'port'));
    return asList(pick(slice, 'endpoints'))
      .flatMap((endpoint) => asList(pick(endpoint, 'addresses')))
      .flatMap((address) => (typeof address === 'string' ? [`${formatHost(address)}:${String(port ?? 6443)}`] : []));
  });
}

function formatHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function pick(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
