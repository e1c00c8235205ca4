import { setTimeout as wait } from 'node:timers/promises';
import { SnoopError } from '../errors.ts';
import { sendToCluster } from './cluster-request.ts';
import type { AdminAccess } from './cluster-request.ts';
import { nodeLabel } from './kwok.ts';
import { readPlatform } from './programs/platform.ts';

const requestTimeoutMs = 15_000;
const readyTimeoutMs = 60_000;
const pollMs = 100;
const namePrefix = 'snoop-node-';
const ownName = /^snoop-node-\d+$/;

/** A simulated node. */
export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

/** Lists the simulated nodes of a cluster, by number. @throws SnoopError `no_answer`, `bad_answer` */
export async function listNodes(access: AdminAccess, timeoutMs = requestTimeoutMs): Promise<NodeStatus[]> {
  return (await listNodeObjects(access, timeoutMs)).map((node) => ({
    name: node.metadata.name,
    ready: isReady(node),
  }));
}

/**
 * Creates or deletes Node objects until there are `count`, named snoop-node-1 and so on.
 *
 * @throws SnoopError `no_answer`, `bad_answer`
 */
export async function setNodeCount(access: AdminAccess, count: number, signal: AbortSignal): Promise<void> {
  const found = (await listNodeObjects(access)).map(({ metadata }) => metadata.name);
  const wanted = Array.from({ length: count }, (_, index) => `${namePrefix}${index + 1}`);
  // Others with the label were created by the user.
  const ours = found.filter((name) => ownName.test(name));
  for (const name of ours.filter((candidate) => !wanted.includes(candidate))) {
    signal.throwIfAborted();
    await deleteNode(access, name);
  }
  for (const name of wanted.filter((candidate) => !found.includes(candidate))) {
    signal.throwIfAborted();
    await sendToCluster(access, { method: 'POST', path: '/api/v1/nodes', body: createNode(name) }, [201, 409]);
  }
}

/**
 * Waits until all nodes are ready, and corrects the port of their kubelet, which this start may have changed.
 *
 * @throws SnoopError `nodes_not_ready`
 */
export async function waitForNodes(access: AdminAccess, port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const nodes = await listNodeObjects(access);
    for (const node of nodes.filter(isReady)) {
      if (node.status?.daemonEndpoints?.kubeletEndpoint?.Port !== port) await setPort(access, node, port);
    }
    const waiting = nodes.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name);
    if (waiting.length === 0) return;
    if (performance.now() > deadline) {
      throw new SnoopError('nodes_not_ready', `Not ready after ${readyTimeoutMs / 1000} s: ${waiting.join(', ')}.`, {
        advice: ["kwok.log in the state folder's logs may say why."],
      });
    }
    await wait(pollMs, undefined, { signal });
  }
}

/** Deletes the Leases of the nodes: a kwok that starts would wait until those of the one before it expire. */
export async function deleteLeases(access: AdminAccess): Promise<void> {
  const nodes = await listNodeObjects(access);
  await Promise.all(nodes.map(({ metadata }) => deleteLease(access, metadata.name)));
}

async function listNodeObjects(access: AdminAccess, timeoutMs = requestTimeoutMs): Promise<NodeObject[]> {
  const selector = encodeURIComponent(`${nodeLabel.key}=${nodeLabel.value}`);
  const answer = await sendToCluster(access, { path: `/api/v1/nodes?labelSelector=${selector}`, timeoutMs }, [200]);
  const { items } = JSON.parse(answer.body) as { readonly items: NodeObject[] };
  return items.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true }));
}

function isReady({ status }: NodeObject): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
}

function createNode(name: string): unknown {
  const labels = {
    [nodeLabel.key]: nodeLabel.value,
    'kubernetes.io/arch': readPlatform().arch,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

async function setPort(access: AdminAccess, { metadata }: NodeObject, port: number): Promise<void> {
  await sendToCluster(
    access,
    {
      method: 'PATCH',
      path: `/api/v1/nodes/${metadata.name}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { daemonEndpoints: { kubeletEndpoint: { Port: port } } } },
    },
    [200],
  );
}

/** Deletes a node, then its Pods, which no kubelet would end any more, and its Lease. */
async function deleteNode(access: AdminAccess, name: string): Promise<void> {
  await sendToCluster(access, { method: 'DELETE', path: `/api/v1/nodes/${name}` }, [200, 404]);
  const onNode = encodeURIComponent(`spec.nodeName=${name}`);
  const answer = await sendToCluster(access, { path: `/api/v1/pods?fieldSelector=${onNode}` }, [200]);
  const { items } = JSON.parse(answer.body) as { readonly items: { metadata: { name: string; namespace: string } }[] };
  for (const { metadata } of items) {
    const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}?gracePeriodSeconds=0`;
    await sendToCluster(access, { method: 'DELETE', path }, [200, 404]);
  }
  await deleteLease(access, name);
}

async function deleteLease(access: AdminAccess, name: string): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
  await sendToCluster(access, { method: 'DELETE', path }, [200, 404]);
}
