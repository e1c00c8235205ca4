import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { GateEndpoint, GateHits } from '../../../../../src/gate/facts.ts';
import type { HitsOptions } from '../../../../../src/gate/sources/hits/options.ts';
import { readHits } from '../../../../../src/gate/sources/hits/read-hits.ts';
import { silentProgress } from '../../../../../src/progress.ts';
import { makeFolder } from '../../../../support/folder.ts';

function createEndpoint(
  endpoint: string,
  method: string,
  path: string,
  more: Partial<GateEndpoint> = {},
): GateEndpoint {
  return {
    endpoint,
    method,
    path,
    level: 'stable',
    deprecated: false,
    category: 'core',
    group: null,
    version: null,
    kind: null,
    action: null,
    ...more,
  };
}

const pods = '/api/v1/namespaces/{namespace}/pods';
const widgets = '/apis/example.com/v1/namespaces/{namespace}/widgets';
const leases = '/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases';

/** A small document of 1.36. */
export const endpoints: readonly GateEndpoint[] = [
  createEndpoint('createCoreV1NamespacedPod', 'POST', pods),
  createEndpoint('listCoreV1NamespacedPod', 'GET', pods),
  createEndpoint('readCoreV1NamespacedPod', 'GET', `${pods}/{name}`),
  createEndpoint('deleteCoreV1NamespacedPod', 'DELETE', `${pods}/{name}`),
  createEndpoint('connectCoreV1PostNamespacedPodExec', 'POST', `${pods}/{name}/exec`),
  createEndpoint('watchCoreV1NamespacedPodList', 'GET', '/api/v1/watch/namespaces/{namespace}/pods', {
    deprecated: true,
  }),
  createEndpoint('listCoordinationV1NamespacedLease', 'GET', leases),
  createEndpoint('deleteCoordinationV1NamespacedLease', 'DELETE', `${leases}/{name}`),
  createEndpoint('createExampleComV1NamespacedWidget', 'POST', widgets),
  createEndpoint('readExampleComV1NamespacedWidget', 'GET', `${widgets}/{name}`),
];

export const podTest = '[sig-node] Pods should be made and read [Conformance]';
export const logTest = '[sig-node] Pods -- with dashes -- should have a log';

/** The user agent of a test of 1.36.3. */
export function nameAgent(test: string, release = '1.36.3', commit = '4cb9f7d'): string {
  return `e2e.test/v${release} (linux/amd64) kubernetes/${commit} -- ${test}`;
}

export const serverAgent = 'kube-apiserver/v1.36.3 (linux/amd64) kubernetes/4cb9f7d';
export const managerAgent = 'kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/4cb9f7d/metadata-informers';

interface MadeEvent {
  readonly verb: string;
  readonly uri: string;
  readonly agent?: string;
  readonly stage?: string;
  readonly code?: number;
  readonly id?: string;
  readonly time?: string;
}

let nextId = 0;

/** A line of an audit log. */
export function writeEvent({ verb, uri, agent, stage = 'ResponseComplete', code = 200, id, time }: MadeEvent): string {
  nextId += 1;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id ?? `made-${nextId}`,
    stage,
    requestURI: uri,
    verb,
    ...(agent !== undefined && { userAgent: agent }),
    ...(stage !== 'RequestReceived' && { responseStatus: { metadata: {}, code } }),
    requestReceivedTimestamp: '2026-11-29T10:00:00.000000Z',
    stageTimestamp: time ?? '2026-11-29T10:00:00.004000Z',
  });
}

/** The requests of a small run: a conformance test, another one, and programs of the cluster. */
export const wholeLog: readonly string[] = [
  writeEvent({ verb: 'create', uri: '/api/v1/namespaces/a/pods', agent: nameAgent(podTest), code: 201 }),
  writeEvent({ verb: 'get', uri: '/api/v1/namespaces/a/pods/b', agent: nameAgent(podTest) }),
  writeEvent({ verb: 'get', uri: '/api/v1/namespaces/a/pods/b', agent: nameAgent(logTest) }),
  writeEvent({ verb: 'delete', uri: '/api/v1/namespaces/a/pods/c', agent: nameAgent(podTest), code: 404 }),
  writeEvent({ verb: 'list', uri: '/api/v1/pods', agent: managerAgent }),
  writeEvent({ verb: 'list', uri: '/apis/coordination.k8s.io/v1/namespaces/a/leases', agent: serverAgent }),
];

/** A coverage file of 1.36.0 as an object: what the small document has, without pods/exec. */
export function makeCoverage(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const list = endpoints
    .filter(({ endpoint, deprecated }) => !deprecated && !endpoint.includes('PodExec') && !endpoint.includes('Example'))
    .map(({ endpoint, path, level }) => {
      const tests = endpoint.includes('Pod') ? [podTest] : [];
      return {
        ...{ endpoint, path, level, tests, tested: tests.length > 0, conf_tested: tests.length > 0 },
        ...{ action: endpoint.split(/[A-Z]/)[0]?.replace('create', 'post').replace('read', 'get') },
        ...{ category: 'core', group: '', version: 'v1', kind: 'Pod', description: '', release: '1.36.0' },
      };
    });
  return {
    spec: 'https://raw.githubusercontent.com/kubernetes/kubernetes/master/api/openapi-spec/swagger.json',
    tests: [],
    release: '1.36.0',
    sources: ['https://prow.k8s.io/view/gcs/kubernetes-ci-logs/logs/ci-kubernetes-e2e-gci-gce/2046100418450165760'],
    endpoints: list,
    release_date: '2026-04-20T06:47:56',
    'total endpoints': list.length,
    'tested endpoints': list.filter(({ tested }) => tested).length,
    ...changes,
  };
}

const defaults: Omit<HitsOptions, 'cwd' | 'signal'> = {
  endpoints,
  release: '1.36.0',
  groups: null,
  stated: { release: null, date: null, commit: null },
  tests: [podTest],
  ineligible: [],
  withPool: () => Promise.reject(new Error('this test has no database')),
  stdin: process.stdin,
  progress: silentProgress,
};

/** Reads sources with the small document. */
export async function readMade(
  names: readonly string[],
  options: Partial<HitsOptions> & { readonly cwd: string },
): Promise<GateHits[]> {
  return readHits(names, { ...defaults, signal: AbortSignal.timeout(60_000), ...options });
}

/** Reads one source from a file with this content. */
export async function readContent(
  name: string,
  content: string | Uint8Array,
  options: Partial<HitsOptions> = {},
): Promise<GateHits> {
  const cwd = await makeFolder();
  await writeFile(join(cwd, name), content);
  const [hits] = await readMade([name], { cwd, ...options });
  if (hits === undefined) throw new Error('readHits returned nothing');
  return hits;
}

export function readLog(lines: readonly string[], options: Partial<HitsOptions> = {}): Promise<GateHits> {
  return readContent('audit.log', `${lines.join('\n')}\n`, options);
}
