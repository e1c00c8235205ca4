import type { ServerAddress } from '../audited-cluster/cluster-access.ts';
import type { KubeconfigChoice } from '../audited-cluster/load-kubeconfig.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';

/** kubeadm and others write this name into the certificate of every API server. */
const servingName = 'kubernetes';
const timeoutMs = 10_000;
const slices =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';

/** The API servers of a cluster, each with its own counters. */
export interface FoundServers {
  /** One without an address: the server of the kubeconfig. */
  readonly servers: readonly Partial<ServerAddress>[];
  /** Addresses of further ones that cannot be reached from here, such as `10.0.0.2:6443`. */
  readonly unreachable: readonly string[];
}

/** Finds the API servers of a cluster: those of the Service `kubernetes`, if there are several. */
export async function findServers(kubeconfig: KubeconfigChoice): Promise<FoundServers> {
  const answer = await sendRaw(openOwnKubeConfig(kubeconfig), { path: slices, timeoutMs, maxBytes: 4 << 20 });
  const addresses = answer.status === 200 ? [...new Set(listAddresses(answer.json()))].sort() : [];
  if (addresses.length < 2) return { servers: [{}], unreachable: [] };
  const found = await Promise.all(addresses.map((address) => reach(kubeconfig, address)));
  const servers = found.filter((server) => server !== null);
  const unreachable = addresses.filter((_, index) => found[index] === null);
  return { servers: servers.length === 0 ? [{}] : servers, unreachable };
}

/** @returns null: it cannot be reached */
async function reach(kubeconfig: KubeconfigChoice, address: string): Promise<ServerAddress | null> {
  const server = { server: `https://${address}`, tlsServerName: servingName };
  try {
    await sendRaw(openOwnKubeConfig(kubeconfig, server), { path: '/version', timeoutMs });
    return server;
  } catch (error) {
    if (error instanceof SnoopError) return null;
    throw error;
  }
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
