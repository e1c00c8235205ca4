import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../../sink/server-address.ts';
import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';
import type { KindConfig, KindNode } from './kind-config.ts';
import type { StaticPod } from './static-pod.ts';

/** Where a sink kubeconfig sends to. */
export interface SinkServer {
  readonly host: string;
  readonly port: number;
  readonly line: number;
  readonly report: Report;
}

/** @returns null where there is no address that could be looked at */
export function readSinkServer(kubeconfig: YamlNode, report: Report): SinkServer | null {
  const context = findNamed(kubeconfig, 'contexts', kubeconfig.get('current-context')?.text ?? null)?.get('context');
  const cluster = findNamed(kubeconfig, 'clusters', context?.get('cluster')?.text ?? null)?.get('cluster');
  const server = cluster?.get('server');
  if (!server?.text || !/^https?:\/\//i.test(server.text) || !URL.canParse(server.text)) return null;
  const { hostname, port, protocol } = new URL(server.text);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    line: server.line,
    report,
  };
}

function findNamed(node: YamlNode, list: string, name: string | null): YamlNode | undefined {
  return node
    .get(list)
    ?.items()
    .find((one) => name !== null && one.get('name')?.text === name);
}

/**
 * Finds sinks that an apiserver on the node's network does not reach.
 *
 * @param podsOf the static pods of a control plane
 * @param reportNode for findings about a node of the kind configuration
 */
export function checkReach(
  { host, port, line, report }: SinkServer,
  config: KindConfig,
  podsOf: (node: KindNode) => readonly StaticPod[],
  reportNode: Report,
): void {
  const way =
    'Send to 127.0.0.1, where a static pod of the same node listens, or to a fixed ClusterIP with tls-server-name.';
  if (/\.svc(\.|$)/.test(host) || host.endsWith('.cluster.local')) {
    const message = `${host} is the name of a Service: the apiserver is on its node's network and asks the node's DNS, which does not know it. ${way}`;
    report('error', 'service-name', line, message);
  } else if (/^(host|gateway)\.docker\.internal$|^host\.containers\.internal$/.test(host)) {
    const message = `${host} is known where Docker Desktop (or Podman) runs the nodes, and by no Docker Engine on Linux: events get lost there. ${way}`;
    report('warning', 'host-name', line, message);
  } else if (isLoopbackHost(host) || host === '0.0.0.0' || host === '::') {
    checkLoopback({ host, port, line, report }, config, podsOf, reportNode);
  } else if (isIP(host) === 0 && !host.includes('.') && !config.nodes.some(({ name }) => name === host)) {
    const message = `The node's DNS has to know '${host}': it knows containers of the same Docker network, and no Service of the cluster. ${way}`;
    report('warning', 'service-name', line, message);
  } else if (isIP(host) === 4 && isInPodSubnet(host, config)) {
    const message = `${host} is in the podSubnet: a Pod's address is another one after each start. ${way}`;
    report('warning', 'pod-address', line, message);
  }
}

/** Each apiserver's 127.0.0.1 is its own node. */
function checkLoopback(
  { host, port, line, report }: SinkServer,
  config: KindConfig,
  podsOf: (node: KindNode) => readonly StaticPod[],
  reportNode: Report,
): void {
  const controlPlanes = config.nodes.filter(({ isControlPlane }) => isControlPlane);
  const found = controlPlanes.map((node) => ({ node, pods: podsOf(node) }));
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
    const message = `Events go to port ${port} of the node, and no static pod there names it (${[...new Set(known)].join('; ')}): the auditlogger is absent, or listens elsewhere. Give both the same port.`;
    report('error', 'other-port', line, message);
    return;
  }
  for (const { node, pods } of found) {
    const pod = listening(pods);
    if (pod === undefined) {
      const message = `${node.name} has no static pod that listens at ${host}:${port}, and each apiserver sends to its own node: this one's events get lost. Give it the auditlogger's mount, too.`;
      reportNode('error', 'nobody-there', node.line, message);
    } else if (!pod.isOnHost && !pod.hostPorts.includes(port)) {
      const message = `${pod.name} (${pod.file}) listens in a network of its own, and not at ${host} of the node. Give it 'hostNetwork: true'.`;
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
