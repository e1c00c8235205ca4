import { isLoopback } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';
import type { KindConfig, KindNode } from './kind-config.ts';
import type { Scope } from './patch.ts';

/** Finds too few nodes for the tests, and ports that others can reach. */
export function checkNodes(config: KindConfig, scopes: readonly Scope[], report: Report): void {
  const { nodes, yaml } = config;
  const written = yaml.get('nodes');
  const schedulable = nodes.filter((node) => isSchedulable(node, nodes, scopes)).length;
  if (schedulable < 2) {
    const found = schedulable === 0 ? 'No node takes' : 'Only one node takes';
    const message = `${found} ordinary Pods, but conformance tests need two: some fail or are skipped. Add two with 'role: worker'.`;
    report('warning', 'few-workers', written?.line ?? null, message);
  }
  checkExposure(config, report);
}

/** Control planes have a taint, except the only node of a cluster, or if a patch removes it. */
function isSchedulable(node: KindNode, nodes: readonly KindNode[], scopes: readonly Scope[]): boolean {
  if (node.isControlPlane && nodes.length === 1) return true;
  const kind = node.isFirst ? 'InitConfiguration' : 'JoinConfiguration';
  const taints = scopes
    .filter((scope) => scope.node === null || scope.node === node)
    .flatMap(({ patches }) => patches)
    .filter((patch) => patch.kind === kind && patch.form === 'merge')
    .flatMap(({ content }) => content.get('nodeRegistration')?.get('taints') ?? [])
    .at(-1);
  if (taints === undefined || taints.value === null) return !node.isControlPlane;
  return !taints.items().some((taint) => ['NoSchedule', 'NoExecute'].includes(taint.get('effect')?.text ?? ''));
}

function checkExposure({ yaml, nodes }: KindConfig, report: Report): void {
  const address = yaml.get('networking')?.get('apiServerAddress') ?? null;
  if (address?.text && !isLoopback(address.text)) {
    const message = `The apiserver listens on ${address.text} of this machine, beyond loopback: others can reach it. Remove apiServerAddress to use 127.0.0.1.`;
    report('warning', 'exposed', address.line, message);
  }
  for (const mapping of nodes.flatMap((node) => node.yaml?.get('extraPortMappings')?.items() ?? [])) {
    const listen = mapping.get('listenAddress');
    if (listen?.text && isLoopback(listen.text)) continue;
    const port = String(mapping.get('containerPort')?.value ?? '?');
    const where = listen?.text
      ? `on ${listen.text} of this machine, beyond loopback`
      : 'on all addresses of this machine';
    const message = `The node's port ${port} is published ${where}: others can reach it. Write 'listenAddress: 127.0.0.1'.`;
    report('warning', 'exposed', listen?.line ?? mapping.line, message);
  }
}
