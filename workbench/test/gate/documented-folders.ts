import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A small kubernetes/kubernetes, and an operator's repository, as docs/gate.md shows them. */

const pods = '[sig-node] Pods should be created and read [Conformance]';
const nodes = '[sig-node] Nodes should be listed [Conformance]';
const bundles = '[sig-auth] ClusterTrustBundle API operations [Conformance]';

interface Resource {
  readonly root: string;
  readonly tag: string;
  readonly kind: string;
  readonly plural: string;
}

const core = [
  { root: '/api/v1', tag: 'core_v1', kind: 'Pod', plural: 'pods' },
  { root: '/api/v1', tag: 'core_v1', kind: 'Node', plural: 'nodes' },
];
const added = {
  root: '/apis/certificates.k8s.io/v1',
  tag: 'certificates_v1',
  kind: 'ClusterTrustBundle',
  plural: 'clustertrustbundles',
};

/** Makes the folder `kubernetes` with three commits: 1.36.0, the beginning of 1.37, a pull request. */
export function makeKubernetes(folder: string): void {
  const top = join(folder, 'kubernetes');
  const commit = createRepository(top);
  const lists = 'test/conformance/testdata';
  write(top, 'api/openapi-spec/swagger.json', writeDocument(core));
  write(top, `${lists}/conformance.yaml`, listTests([pods, 'v1.9'], [nodes, 'v1.20']));
  write(
    top,
    `${lists}/ineligible_endpoints.yaml`,
    `- endpoint: readCoreV1Node\n  reason: optional\n  link: https://example.org\n`,
  );
  write(top, `${lists}/pending_eligible_endpoints.yaml`, '# none\n');
  commit('Release 1.36', 'v1.36.0');
  write(top, 'README.md', 'Kubernetes\n');
  commit('Begin 1.37', 'v1.37.0-alpha.0');
  write(top, 'api/openapi-spec/swagger.json', writeDocument([...core, added]));
  write(top, `${lists}/conformance.yaml`, listTests([pods, 'v1.9'], [nodes, 'v1.20'], [bundles, 'v1.37']));
  const id = commit('ClusterTrustBundle is stable');
  writeLogs(folder, id);
}

/** The audit logs of a run of the pull request, and of one whose new test only lists. */
function writeLogs(folder: string, commit: string): void {
  const agent = (test: string) => `e2e.test/v1.37.0 (linux/amd64) kubernetes/${commit.slice(0, 7)} -- ${test}`;
  const before = [request(agent(pods), 'get', '/api/v1/pods'), request(agent(pods), 'get', '/api/v1/pods/a')];
  before.push(request(agent(nodes), 'list', '/api/v1/nodes'));
  const list = request(agent(bundles), 'list', `${added.root}/${added.plural}`);
  const read = request(agent(bundles), 'get', `${added.root}/${added.plural}/a`);
  write(folder, 'audit-list.log', joinEvents([...before, list]));
  write(folder, 'audit.log', joinEvents([...before, list, read]));
}

/** Makes the folder `operator`, whose branch `main` lacks the version that the current commit adds. */
export function makeOperator(folder: string): void {
  const top = join(folder, 'operator');
  const commit = createRepository(top);
  write(top, 'config/crd/widgets.yaml', writeCrd(['v1beta1']));
  commit('Widgets');
  execFileSync('git', ['checkout', '-q', '-b', 'stable-widgets'], { cwd: top });
  write(top, 'config/crd/widgets.yaml', writeCrd(['v1beta1', 'v1']));
  commit('Widgets are stable');
  const path = '/apis/example.com/v1/namespaces/a/widgets';
  const agent = 'e2e.test/v0.4.0 -- Widgets can be created';
  write(top, 'audit.log', joinEvents([request(agent, 'create', path), request(agent, 'get', `${path}/w`)]));
}

function createRepository(top: string): (message: string, tag?: string) => string {
  mkdirSync(top, { recursive: true });
  const git = (...args: string[]): string => {
    const date = '2026-11-30T12:00:00Z';
    const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_AUTHOR_DATE: date };
    const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com', GIT_COMMITTER_DATE: date };
    const config = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    const env = { PATH: process.env.PATH, ...identity, ...committer, ...config };
    return execFileSync('git', args, { cwd: top, env, encoding: 'utf8' }).trim();
  };
  git('init', '-q', '-b', 'main');
  return (message, tag) => {
    git('add', '-A');
    git('commit', '-q', '-m', message);
    if (tag !== undefined) git('tag', tag);
    return git('rev-parse', 'HEAD');
  };
}

function write(top: string, path: string, text: string): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), text);
}

/** A document in which each resource can be listed and read. */
function writeDocument(resources: readonly Resource[]): string {
  const paths = resources.flatMap(({ root, tag, kind, plural }) => {
    const [group, version] = root.startsWith('/api/') ? ['', 'v1'] : (root.split('/').slice(2) as [string, string]);
    const prefix = group === '' ? 'CoreV1' : 'CertificatesV1';
    const operation = (action: string) => ({
      get: {
        ...{ operationId: `${action === 'get' ? 'read' : action}${prefix}${kind}`, tags: [tag] },
        ...{ 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group, version, kind } },
      },
    });
    return [
      [`${root}/${plural}`, operation('list')],
      [`${root}/${plural}/{name}`, operation('get')],
    ];
  });
  const info = { title: 'Kubernetes', version: 'unversioned' };
  return `${JSON.stringify({ swagger: '2.0', info, paths: Object.fromEntries(paths) }, null, 1)}\n`;
}

function listTests(...tests: readonly (readonly [codename: string, release: string])[]): string {
  const entries = tests.map(([codename, release]) => {
    return `- testname: A test\n  codename: '${codename}'\n  description: What MUST work.\n  release: ${release}\n  file: test/e2e/auth/bundles.go\n`;
  });
  return entries.join('');
}

function writeCrd(versions: readonly string[]): string {
  const served = versions.map((name) => {
    const schema = '{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}';
    return `  - {name: ${name}, served: true, storage: ${name === versions[0]}, schema: ${schema}}\n`;
  });
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
${served.join('')}`;
}

type Request = Readonly<Record<'agent' | 'verb' | 'uri', string>>;

function request(agent: string, verb: string, uri: string): Request {
  return { agent, verb, uri };
}

function joinEvents(requests: readonly Request[]): string {
  const now = new Date().toISOString().replace('Z', '000Z');
  const events = requests.map(({ agent, verb, uri }, number) => ({
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage: 'ResponseComplete' },
    ...{ auditID: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, requestURI: uri, verb },
    ...{ userAgent: agent, responseStatus: { code: verb === 'create' ? 201 : 200 } },
    ...{ requestReceivedTimestamp: now, stageTimestamp: now },
  }));
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
