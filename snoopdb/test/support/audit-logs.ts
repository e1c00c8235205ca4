import { wholeFiles } from './test-data.ts';

/** An audit log: an event, or a list of events, a line. */
export interface AuditLog {
  readonly name: string;
  readonly lines: readonly string[];
  readonly events: number;
  /** How many of them are of an endpoint of Kubernetes 1.36.0. */
  readonly resolved: number;
}

type Fields = Record<string, unknown>;
type Request = [agent: string, verb: string, requestURI: string, code: number, more?: Fields];

const kubelet = 'kubelet/v1.36.0 (linux/amd64) kubernetes/0000000';
const manager = 'kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/0000000';
const scheduler = 'kube-scheduler/v1.36.0 (linux/amd64) kubernetes/0000000/scheduler';
const kubectl = 'kubectl/v1.36.0 (linux/amd64) kubernetes/0000000';
const lease = {
  kind: 'Lease',
  apiVersion: 'coordination.k8s.io/v1',
  metadata: { name: 'node-1' },
  spec: { renewals: 1 },
};
const conflict = { metadata: {}, status: 'Failure', message: 'the object <web> has been modified', reason: 'Conflict' };

/** Requests of a small cluster: subresources, upgrades, watches, tokens, refusals, and paths without a resource. */
const requests: readonly Request[] = [
  [kubelet, 'create', '/api/v1/nodes', 201, { requestObject: { kind: 'Node' }, responseObject: { kind: 'Node' } }],
  [kubelet, 'get', '/api/v1/nodes/node-1?resourceVersion=0&timeout=10s', 200],
  [kubelet, 'patch', '/api/v1/nodes/node-1/status?timeout=10s', 200, { requestObject: { status: { conditions: [] } } }],
  [kubelet, 'get', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1?timeout=10s', 404],
  [
    kubelet,
    'update',
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1',
    200,
    { requestObject: lease },
  ],
  [kubelet, 'create', '/api/v1/namespaces/kube-system/serviceaccounts/coredns/token', 201],
  [kubelet, 'list', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1&limit=500&resourceVersion=0', 200],
  [kubelet, 'watch', '/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName%3Dnode-1&watch=true', 200],
  [kubelet, 'get', '/apis/storage.k8s.io/v1/csinodes/node-1?resourceVersion=0', 403],
  [scheduler, 'create', '/api/v1/namespaces/default/pods/web/binding', 201],
  [scheduler, 'patch', '/api/v1/namespaces/default/pods/web/status', 200],
  [manager, 'create', '/apis/apps/v1/namespaces/default/replicasets', 201],
  [
    manager,
    'update',
    '/apis/apps/v1/namespaces/default/deployments/web/status',
    409,
    { responseStatus: { ...conflict, code: 409 } },
  ],
  [
    manager,
    'create',
    '/api/v1/namespaces/default/pods',
    201,
    { annotations: { 'pod-security.kubernetes.io/enforce-policy': 'privileged:latest' } },
  ],
  [
    `${manager}/system:serviceaccount:kube-system:endpointslice-controller`,
    'create',
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
    201,
  ],
  [
    `${manager}/shared-informers`,
    'watch',
    '/apis/batch/v1/jobs?allowWatchBookmarks=true&resourceVersion=7&watch=true',
    200,
  ],
  ['CoreDNS/1.13.0', 'list', '/apis/discovery.k8s.io/v1/endpointslices?limit=500&resourceVersion=0', 200],
  ['kube-apiserver/v1.36.0 (linux/amd64) kubernetes/0000000', 'get', '/api/v1/namespaces/kube-system', 200],
  ['kube-probe/1.36', 'get', '/readyz?verbose=', 200],
  ['Prometheus/3.5.0', 'get', '/metrics', 200],
  [kubectl, 'get', '/openapi/v3?timeout=32s', 200],
  [kubectl, 'get', '/apis?timeout=32s', 200],
  [kubectl, 'get', '/version', 200],
  [kubectl, 'patch', '/apis/apps/v1/namespaces/default/deployments/web?fieldManager=kubectl&dryRun=All', 200],
  [kubectl, 'get', '/api/v1/namespaces/default/pods/web/log?container=web&follow=true', 200],
  [
    kubectl,
    'get',
    '/api/v1/namespaces/default/pods/web/exec?command=sh&command=-c&command=echo+%22%3E%22&stdout=true',
    101,
  ],
  [kubectl, 'create', '/api/v1/namespaces/default/pods/web/portforward', 101],
  [kubectl, 'deletecollection', '/api/v1/namespaces/default/events', 200],
  [
    kubectl,
    'delete',
    '/api/v1/namespaces/default/pods/web',
    200,
    { impersonatedUser: { username: 'jane', groups: ['dev'] } },
  ],
];

/** The events of a request, one for each stage. */
function createEvents([userAgent, verb, requestURI, code, more = {}]: Request, number: number): Fields[] {
  const received = {
    level: 'requestObject' in more ? 'RequestResponse' : 'Metadata',
    auditID: `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`,
    requestURI,
    verb,
    user: { username: 'someone', groups: ['system:authenticated'] },
    sourceIPs: ['192.0.2.1'],
    userAgent,
    requestReceivedTimestamp: '2026-05-01T10:00:00.815462Z',
    stageTimestamp: '2026-05-01T10:00:00.815462Z',
  };
  const answered = {
    responseStatus: { metadata: {}, code },
    annotations: {
      'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow',
      'authorization.k8s.io/reason': '',
    },
    ...more,
    stageTimestamp: '2026-05-01T10:00:00.820000Z',
  };
  const isLong = verb === 'watch' || code === 101;
  return [
    { stage: 'RequestReceived', ...received },
    ...(isLong ? [{ stage: 'ResponseStarted', ...received, ...answered }] : []),
    { stage: 'ResponseComplete', ...received, ...answered },
  ];
}

/** As Go writes JSON. */
const writeJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

const events = requests.flatMap(createEvents);
const asEvent = (apiVersion: string) => (event: Fields) => writeJson({ kind: 'Event', apiVersion, ...event });

/** The older version: `timestamp` and `metadata`, and no user agent. Some of its APIs are gone. */
const oldRequests: readonly Request[] = [
  ['', 'list', '/apis/extensions/v1beta1/namespaces/default/deployments', 200],
  ['', 'list', '/api/v1/namespaces/default/pods', 403],
  ['', 'watch', '/api/v1/watch/namespaces/default/configmaps', 200],
  ['', 'get', '/healthz', 200],
];
const oldEvents = oldRequests
  .flatMap(createEvents)
  .map(({ userAgent: _agent, requestReceivedTimestamp: timestamp, ...event }) => ({
    metadata: { creationTimestamp: '2017-09-11T19:55:05Z' },
    timestamp,
    ...event,
  }));

/** Parsed and rewritten by another program: sorted keys, no apiVersion, and a line that is not an event. */
const sortKeys = (event: Fields): Fields =>
  Object.fromEntries(Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1)));
const rewritten = [
  ...events.slice(0, 8).map((event) => JSON.stringify(sortKeys({ kind: 'Event', ...event }))),
  '{"kind": 0}',
];

const lists = [events.slice(0, 1), events.slice(1, 9), events].map((items) =>
  writeJson({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }),
);

const readWhole = (name: string, count: number, resolved: number): AuditLog[] =>
  wholeFiles === null
    ? []
    : [{ name, lines: wholeFiles.readBytes(`audit/${name}`).toString().trim().split('\n'), events: count, resolved }];

/** Logs of a whole cluster, all of whose events can be stored. */
export const clusterLogs: readonly AuditLog[] = [
  { name: 'a made cluster', lines: events.map(asEvent('audit.k8s.io/v1')), events: 62, resolved: 56 },
  ...readWhole('minikube-k8s-1.34.jsonl', 1297, 1297),
];

/** Logs that were made up, and those of public projects where they lie beside the checkout. */
export const auditLogs: readonly AuditLog[] = [
  ...clusterLogs,
  { name: 'made v1beta1', lines: oldEvents.map(asEvent('audit.k8s.io/v1beta1')), events: 9, resolved: 5 },
  { name: 'made and rewritten', lines: rewritten, events: 9, resolved: 8 },
  { name: 'made lists of a webhook', lines: lists, events: 71, resolved: 65 },
  ...readWhole('audit2rbac-demo-v1beta1.jsonl', 757, 747),
  ...readWhole('falco-k8s-audit.jsonl', 52, 49),
  ...readWhole('webhook-eventlist-k8s-1.20.jsonl', 2, 2),
];
