export interface KnownEndpoint {
  path: string;
  method: string;
  action: string | null;
}

const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete', GET: 'get' };
const clients = ['kubelet/v1.36.0', 'kube-controller-manager/v1.36.0', 'coredns/1.12', 'kube-scheduler/v1.36.0'];

/**
 * Makes audit events over the endpoints of a release, of some 1,300 bytes each as the API server writes them: the same
 * ones every time. Half of them come from e2e tests, each of which has a user agent of its own.
 */
export function createEventMaker(endpoints: readonly KnownEndpoint[], tests = 1500): (number: number) => string {
  let state = 20_261_121;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const start = Date.UTC(2026, 3, 1);
  return (number) => {
    const test = random(tests);
    // A test uses a dozen endpoints, not all.
    const endpoint = endpoints[(test * 37 + random(12) * 101) % endpoints.length];
    if (!endpoint) throw new Error('There are no endpoints to make events of.');
    const namespace = `e2e-test-${random(500)}`;
    const name = `object-${random(2000)}`;
    const path = endpoint.path
      .replace('{namespace}', namespace)
      .replace('{name}', name)
      .replace(/\{\w*path\}/, 'metrics')
      .replace(/\{\w+\}/g, 'x');
    const isList = endpoint.action === 'list';
    const verb = isList ? 'list' : (verbs[endpoint.method] ?? endpoint.method.toLowerCase());
    const userAgent =
      random(2) === 0
        ? `e2e.test/v1.36.0 (linux/amd64) kubernetes/0123456 -- [sig-testing] Object number ${test} should do what is expected of it in every way ${test % 3 === 0 ? '[Conformance]' : '[Slow]'}`
        : clients[random(clients.length)];
    const at = new Date(start + number * 7).toISOString().replace('Z', '');
    const code = random(20) === 0 ? 404 : verb === 'create' ? 201 : 200;
    return JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: `${hex(number)}-4000-8000-${hex(random(2 ** 32))}`,
      stage: 'ResponseComplete',
      requestURI: isList ? `${path}?limit=500&resourceVersion=0` : path,
      verb,
      user: {
        username: `system:serviceaccount:${namespace}:default`,
        uid: `${hex(random(2 ** 32))}-4a1b-9c3d-${hex(number)}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        extra: {
          'authentication.kubernetes.io/credential-id': [`JTI=${hex(random(2 ** 32))}-${hex(random(2 ** 32))}`],
          'authentication.kubernetes.io/node-name': [`node-${random(50)}`],
          'authentication.kubernetes.io/pod-name': [`pod-${name}-${hex(random(2 ** 32))}`],
        },
      },
      sourceIPs: ['10.244.1.17', '192.168.49.2'],
      userAgent,
      objectRef: { resource: 'objects', namespace, name, apiGroup: 'example.io', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code },
      requestReceivedTimestamp: `${at}123Z`,
      stageTimestamp: `${at}987Z`,
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': `RBAC: allowed by RoleBinding "${namespace}-binding/${namespace}" of ClusterRole "edit" to ServiceAccount "default/${namespace}"`,
        'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
      },
    });
  };
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, '0');
}
