import { BlockList, isIP } from 'node:net';
import { isLoopback } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';
import { type Destination, readHost } from '../audit/kubeconfig.ts';
import type { KindConfig, KindNode } from './kind-config.ts';
import type { StaticPod } from './static-pod.ts';

/**
 * Finds sinks that an apiserver on the node's network cannot reach.
 *
 * @param pods the static pods of each node
 * @param reportNode for findings about a node of the kind configuration
 */
export function checkReach(
  destination: Destination,
  config: KindConfig,
  pods: ReadonlyMap<KindNode, readonly StaticPod[]>,
  reportNode: Report,
): void {
  const { url, line, report } = destination;
  const host = readHost(url);
  const way =
    'Send to 127.0.0.1, where a static pod of the same node listens, or to a fixed ClusterIP with tls-server-name.';
  if (/\.svc(\.|$)/.test(host) || host.endsWith('.cluster.local')) {
    const message = `${host} is the name of a Service: the apiserver is on its node's network and asks the node's DNS, which does not know it. ${way}`;
    report('error', 'service-name', line, message);
  } else if (/^(host|gateway)\.docker\.internal$|^host\.containers\.internal$/.test(host)) {
    const message = `${host} exists with Docker Desktop (or Podman), but not with Docker Engine on Linux: events get lost there. ${way}`;
    report('warning', 'host-name', line, message);
  } else if (isLoopback(host) || host === '0.0.0.0' || host === '::') {
    checkLoopback(destination, pods, reportNode);
  } else if (isIP(host) === 0 && !host.includes('.') && !config.nodes.some(({ name }) => name === host)) {
    const message = `The node's DNS must know '${host}': it knows containers of the same Docker network, but no Services of the cluster. ${way}`;
    report('warning', 'service-name', line, message);
  } else if (isIP(host) === 4 && isInPodSubnet(host, config)) {
    const message = `${host} is in the podSubnet: a Pod's address changes at each start. ${way}`;
    report('warning', 'pod-address', line, message);
  }
}

/** Each apiserver's 127.0.0.1 is its own node. */
function checkLoopback(
  { url, line, report }: Destination,
  podsByNode: ReadonlyMap<KindNode, readonly StaticPod[]>,
  reportNode: Report,
): void {
  const host = readHost(url);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const found = [...podsByNode].map(([node, pods]) => ({ node, pods })).filter(({ node }) => node.isControlPlane);
  const listening = (pods: readonly StaticPod[]): StaticPod | undefined =>
    pods.find(({ ports, hostPorts }) => ports.includes(port) || hostPorts.includes(port));
  if (found.every(({ pods }) => pods.length === 0)) {
    const message = `${host} is the control plane's node itself, not this machine, and nothing listens there: no static pod is mounted into /etc/kubernetes/manifests. Mount the auditlogger's manifest there with extraMounts.`;
    report('error', 'nobody-there', line, message);
    return;
  }
  if (found.every(({ pods }) => listening(pods) === undefined)) {
    const known = found
      .flatMap(({ pods }) => pods)
      .map(({ name, ports }) => `${name} ${ports.length === 0 ? 'names no port' : `names ${ports.join(', ')}`}`);
    const message = `Events go to port ${port} of the node, and no static pod there names it (${[...new Set(known)].join('; ')}): the auditlogger is missing, or listens elsewhere. Use the same port for both.`;
    report('error', 'other-port', line, message);
    return;
  }
  for (const { node, pods } of found) {
    const pod = listening(pods);
    if (pod === undefined) {
      const message = `${node.name} has no static pod that listens at ${host}:${port}, but its apiserver sends there: its events get lost. Add the auditlogger's mount to this node, too.`;
      reportNode('error', 'nobody-there', node.line, message);
    } else if (!pod.isOnHost && !pod.hostPorts.includes(port)) {
      const message = `${pod.name} (${pod.file}) listens in its own network, not at ${host} of the node. Set 'hostNetwork: true'.`;
      reportNode('error', 'no-host-network', node.line, message);
    }
  }
}

function isInPodSubnet(host: string, { yaml }: KindConfig): boolean {
  const networking = yaml.get('networking');
  const subnets = (networking?.get('podSubnet')?.text || '10.244.0.0/16').split(',');
  const list = new BlockList();
  for (const subnet of subnets) {
    const [, network, bits] = /^([\d.]+)\/(\d+)$/.exec(subnet.trim()) ?? [];
    if (network !== undefined && isIP(network) === 4 && Number(bits) <= 32) list.addSubnet(network, Number(bits));
  }
  return list.check(host);
}
