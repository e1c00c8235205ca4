import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Tests of conformance.yaml: the first since 1.9, the second since 1.37. */
export const listedTests = {
  nodes: '[sig-node] Nodes should be listed [Conformance]',
  namespaces: '[sig-api] Namespaces should be listed and read [Conformance]',
};

/** Makes a repository like kubernetes/kubernetes, whose last commit adds endpoints of namespaces to 1.37. */
export function makeSmallKubernetes(top: string): void {
  mkdirSync(top, { recursive: true });
  const commit = openRepository(top);
  const lists = 'test/conformance/testdata';
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  write('api/openapi-spec/swagger.json', writeDocument(['Node']));
  write(`${lists}/conformance.yaml`, writeTest(listedTests.nodes, 'v1.9'));
  write(`${lists}/ineligible_endpoints.yaml`, '- endpoint: readCoreV1Node\n  reason: a\n  link: https://example.org\n');
  write(`${lists}/pending_eligible_endpoints.yaml`, '# none\n');
  commit('Release 1.36', 'v1.36.0');
  write('README.md', 'Kubernetes\n');
  commit('Begin 1.37', 'v1.37.0-alpha.0');
  write('api/openapi-spec/swagger.json', writeDocument(['Node', 'Namespace']));
  write(`${lists}/conformance.yaml`, writeTest(listedTests.nodes, 'v1.9') + writeTest(listedTests.namespaces, 'v1.37'));
  commit('Namespaces');
}

function openRepository(top: string): (message: string, tag?: string) => void {
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const config = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const env = { PATH: process.env.PATH, ...identity, ...committer, ...config };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: top, env });
  git('init', '-q', '-b', 'main');
  return (message, tag) => {
    git('add', '-A');
    git('commit', '-q', '-m', message);
    if (tag !== undefined) git('tag', tag);
  };
}

/** A document in which kinds without a namespace can be listed and read. */
function writeDocument(kinds: readonly string[]): string {
  const paths = kinds.flatMap((kind) => {
    const operation = (verb: string, action: string) => ({
      get: {
        ...{ operationId: `${verb}CoreV1${kind}`, tags: ['core_v1'], 'x-kubernetes-action': action },
        'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind },
      },
    });
    const path = `/api/v1/${kind.toLowerCase()}s`;
    return [
      [path, operation('list', 'list')],
      [`${path}/{name}`, operation('read', 'get')],
    ];
  });
  const info = { title: 'Kubernetes', version: 'unversioned' };
  return `${JSON.stringify({ swagger: '2.0', info, paths: Object.fromEntries(paths) }, null, 1)}\n`;
}

function writeTest(codename: string, release: string): string {
  return `- testname: A test\n  codename: '${codename}'\n  description: What MUST work.\n  release: ${release}\n  file: test/e2e/a.go\n`;
}
