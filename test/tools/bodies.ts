import { randomUUID } from 'node:crypto';

export interface BodyOptions {
  /** Of all events; else they come from the components of a cluster and from e2e tests. */
  readonly userAgent?: string;
  /** Members that every event gets beside, or instead of, the ordinary ones. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A few requests of each kind that a cluster makes all day. */
const requests: readonly {
  verb: string;
  resource: string;
  group?: string;
  subresource?: string;
  code: number;
  stage?: string;
}[] = [
  { verb: 'list', resource: 'pods', code: 200 },
  { verb: 'get', resource: 'configmaps', code: 200 },
  { verb: 'create', resource: 'secrets', code: 201 },
  { verb: 'update', resource: 'leases', group: 'coordination.k8s.io', code: 200 },
  { verb: 'patch', resource: 'pods', subresource: 'status', code: 200 },
  { verb: 'delete', resource: 'deployments', group: 'apps', code: 200 },
  { verb: 'get', resource: 'services', code: 404 },
  { verb: 'watch', resource: 'endpointslices', group: 'discovery.k8s.io', code: 200, stage: 'ResponseStarted' },
];

/** The part of a cluster's OpenAPI document that resolves them. */
export const ordinaryDocument: object = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: 'unversioned' },
  paths: Object.fromEntries(requests.map(describePath)),
};

function describePath({ verb, resource, group = '', subresource = '' }: (typeof requests)[number]): [string, object] {
  const method = { create: 'post', update: 'put', patch: 'patch', delete: 'delete' }[verb] ?? 'get';
  const isOfAll = verb === 'list' || verb === 'watch' || verb === 'create';
  const path = `${pathOf(group)}/namespaces/{namespace}/${resource}${isOfAll ? '' : '/{name}'}${subresource === '' ? '' : `/${subresource}`}`;
  const operation = {
    operationId: `${verb}V1Namespaced_${resource}${subresource}`,
    description: `${verb} ${resource}`,
    tags: ['core_v1'],
    'x-kubernetes-action': verb === 'watch' ? 'list' : verb,
    'x-kubernetes-group-version-kind': { group, kind: resource, version: 'v1' },
  };
  return [path, { [method]: operation }];
}

function pathOf(group: string): string {
  return group === '' ? '/api/v1' : `/apis/${group}/v1`;
}

const agents = [
  'kubelet/v1.36.0 (linux/amd64) kubernetes/abc1234',
  'kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/abc1234/leader-election',
  'e2e.test/v1.36.0 (linux/amd64) kubernetes/abc1234 -- [sig-node] Pods should be submitted and removed [NodeConformance] [Conformance]',
  'live-test-writing -- keeps what it was sent',
  'kube-scheduler/v1.36.0 (linux/amd64) kubernetes/abc1234/scheduler',
];

const idMark = '00000000-0000-4000-8000-000000000000';
const agentMark = 'the user agent';
const timeMark = '2000-01-01T00:00:00.000000Z';

/** Printed once with marks, then only filled in: making bodies must not take the time that storing them is given. */
const templates: readonly (readonly string[])[] = requests.flatMap((_, request) =>
  agents.map((_, agent) => JSON.stringify(makeEvent(request, agent)).split(marks())),
);

function marks(): RegExp {
  return new RegExp(`${idMark}|"${agentMark}"|${timeMark}`);
}

let made = 0;

/**
 * Ordinary events as the webhook sends them, about 1.35 KB each: the requests of components and tests, each with an
 * auditID of its own, answered just now.
 * @returns each event as JSON
 */
export function makeEvents(count: number, options: BodyOptions = {}): string[] {
  const now = new Date().toISOString().replace('Z', '000Z');
  return Array.from({ length: count }, () => {
    const number = made++;
    const [head, afterId, afterAgent, tail] = templates[number % templates.length] ?? [];
    const userAgent = options.userAgent ?? agents[number % agents.length];
    const event = `${head}${randomUUID()}${afterId}${JSON.stringify(userAgent)}${afterAgent}${now}${tail}`;
    if (options.members === undefined) return event;
    const members: object = JSON.parse(event);
    return JSON.stringify({ ...members, ...options.members });
  });
}

/** An EventList of that many ordinary events. */
export function makeBody(count: number, options: BodyOptions = {}): string {
  return listOf(makeEvents(count, options));
}

/** As {@link makeBody}, from a test of its own: hits that nobody knows yet go down, or not, with the transaction. */
export function makeBodyOfNewTest(count: number): string {
  return makeBody(count, { userAgent: `live-test-writing -- keeps what test ${tests++} did` });
}
let tests = 0;

/** Events of a body that is stored in another way: of more than 5,000 each is read when it is its turn, on a connection for such. */
export const streamedEvents = 6000;

const head = '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[';

/** An EventList of events that are JSON already, or what a test says is. */
export function listOf(events: readonly string[]): string {
  return `${head}${events.join(',')}]}`;
}

/** Like {@link listOf}, for events that are not valid UTF-8. */
export function listOfBytes(events: readonly (string | Buffer)[]): Buffer {
  const parts = events.flatMap((event, index) => [Buffer.from(index === 0 ? '' : ','), Buffer.from(event)]);
  return Buffer.concat([Buffer.from(head), ...parts, Buffer.from(']}')]);
}

function makeEvent(request: number, agent: number): object {
  const { verb, resource, group = '', subresource = '', code, stage = 'ResponseComplete' } = requests[request] ?? {};
  const number = request * agents.length + agent;
  const namespace = `e2e-namespace-${number}`;
  const name = `an-object-of-some-length-${number}`;
  const isList = verb === 'list' || verb === 'watch';
  const path = `${pathOf(group)}/namespaces/${namespace}/${resource}${isList || verb === 'create' ? '' : `/${name}`}`;
  return {
    level: 'Metadata',
    auditID: idMark,
    stage,
    requestURI: `${path}${subresource === '' ? '' : `/${subresource}`}${isList ? '?limit=500&resourceVersion=0' : '?timeout=30s'}`,
    verb,
    user: {
      username: `system:serviceaccount:${namespace}:default`,
      uid: `5f0c8a52-4a1b-9c3d-${number}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': ['JTI=7ee52be0-9045-4653-aa5e-0da57b8dccdc'],
        'authentication.kubernetes.io/node-name': [`node-${number}`],
        'authentication.kubernetes.io/pod-name': [`pod-${name}-6d4cf56db6-x9k2p`],
        'authentication.kubernetes.io/pod-uid': ['0b8c0e7e-6f6b-4a34-9f6d-7b1f4d1a2c11'],
      },
    },
    sourceIPs: ['10.244.1.17', '192.168.49.2'],
    userAgent: agentMark,
    objectRef: { resource, namespace, name, apiGroup: group, apiVersion: 'v1', subresource },
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: '2026-08-22T10:00:00.000000Z',
    stageTimestamp: timeMark,
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason': `RBAC: allowed by RoleBinding "${namespace}-binding/${namespace}" of ClusterRole "edit" to ServiceAccount "default/${namespace}"`,
      'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
    },
  };
}
