import type { ClusterApi } from './cluster-api.ts';
import { isFullDisk } from './full-disk.ts';

/** Something in the cluster that keeps our parts from working, and the remedies. */
export interface Problem {
  readonly kind: 'image_missing' | 'disk_full' | 'crashes' | 'not_scheduled' | 'waits';
  readonly sentence: string;
  readonly advice: readonly string[];
}

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: { readonly terminated?: { readonly exitCode?: number; readonly reason?: string } };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions?: readonly Condition[] };
}

const ownPods = '/api/v1/pods?labelSelector=app.kubernetes.io%2Fpart-of%3Dsnoop';
const quotedLines = 5;
const harmless = new Set(['ContainerCreating', 'PodInitializing']);

/** Finds what is wrong with our Pods and their nodes, the worst first; empty when nothing is, or the API is away. */
export async function findProblems(api: ClusterApi, cluster: string): Promise<Problem[]> {
  const [pods, nodes] = await Promise.all([api.get(ownPods), api.get('/api/v1/nodes')]);
  const judged = await Promise.all(readItems<Pod>(pods).map((pod) => checkPod(api, pod, cluster)));
  return [...readItems<Node>(nodes).flatMap(checkNode), ...judged.flat()];
}

function readItems<T>(list: unknown): readonly T[] {
  return typeof list === 'object' && list !== null && 'items' in list && Array.isArray(list.items) ? list.items : [];
}

function checkNode({ metadata, status }: Node): Problem[] {
  const pressure = status.conditions?.find(({ type }) => type === 'DiskPressure');
  if (pressure?.status !== 'True') return [];
  return [describeFullDisk(`The disk of the node ${metadata.name} is nearly full, and its kubelet evicts Pods.`)];
}

function describeFullDisk(sentence: string): Problem {
  const advice = ["It is Docker's disk: 'docker system df' shows what uses space, 'docker image prune' frees some."];
  return { kind: 'disk_full', sentence, advice };
}

async function checkPod(api: ClusterApi, pod: Pod, cluster: string): Promise<Problem[]> {
  const { metadata, status } = pod;
  const name = `${metadata.namespace}/${metadata.name}`;
  if (status.reason === 'Evicted')
    return [describeFullDisk(`The Pod ${name} was evicted: ${status.message ?? 'no reason given'}`)];
  const unscheduled = status.conditions?.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled) {
    const sentence = `The Pod ${name} is not scheduled: ${unscheduled.message ?? 'no reason given'}`;
    return [
      {
        kind: 'not_scheduled',
        sentence,
        advice: [`'kubectl describe pod ${metadata.name} -n ${metadata.namespace}' shows details.`],
      },
    ];
  }
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const judged = await Promise.all(containers.map((container) => checkContainer(api, pod, container, cluster)));
  return judged.flat();
}

async function checkContainer(
  api: ClusterApi,
  { metadata, spec }: Pod,
  container: ContainerStatus,
  cluster: string,
): Promise<Problem[]> {
  const pod = `${metadata.namespace}/${metadata.name}`;
  const waiting = container.state?.waiting;
  if (waiting?.reason === undefined || harmless.has(waiting.reason)) return [];
  if (/^ErrImageNeverPull$|ImagePull|ErrImagePull|InvalidImageName/.test(waiting.reason)) {
    return [
      {
        kind: 'image_missing',
        sentence: `The image ${container.image} is not on the node ${spec.nodeName ?? ''} (${pod}: ${waiting.reason}).`,
        advice: [
          "'snoop up --kind' loads it.",
          `Or manually: 'kind load docker-image ${container.image} --name ${cluster}'; the kubelet finds it within a minute.`,
        ],
      },
    ];
  }
  const ended = container.lastState?.terminated;
  if (ended) {
    const words = await readLastLogLines(api, metadata, container.name);
    if (words.some(isFullDisk))
      return [describeFullDisk(`The container ${container.name} of ${pod} exits: its disk is full.`)];
    const how =
      ended.reason === 'OOMKilled' ? 'ran out of memory' : `exited with ${ended.exitCode ?? 'an unknown code'}`;
    return [
      {
        kind: 'crashes',
        sentence: `The container ${container.name} of ${pod} ${how} and is restarted (${container.restartCount} times so far).`,
        advice: words,
      },
    ];
  }
  if (isFullDisk(waiting.message ?? ''))
    return [describeFullDisk(`The container ${container.name} of ${pod} cannot be created: the disk is full.`)];
  const message = waiting.message === undefined ? '' : `: ${waiting.message}`;
  return [
    {
      kind: 'waits',
      sentence: `The container ${container.name} of ${pod} waits: ${waiting.reason}${message}`,
      advice: [],
    },
  ];
}

/** The last lines of a container's log, since a removed cluster cannot be inspected. */
async function readLastLogLines(
  api: ClusterApi,
  { namespace, name }: Pod['metadata'],
  container: string,
): Promise<string[]> {
  const query = `container=${container}&previous=true&tailLines=${quotedLines}`;
  const log = await api.read(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`);
  const lines = (log ?? '')
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : [`| ${line.trimEnd().slice(0, 400)}`]));
  return lines.length > 0 ? lines : [`'kubectl logs ${name} -n ${namespace} -c ${container} --previous' shows why.`];
}
