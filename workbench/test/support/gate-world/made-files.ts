import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listEndpoints, type MadeEndpoint, type World } from './made-world.ts';

/** The names of a world's files, by what they are for. */
export const fileNames = {
  openapi: 'swagger-1.37.json',
  previous: 'swagger-1.36.json',
  conformance: 'conformance.yaml',
  ineligible: 'ineligible_endpoints.yaml',
  pending: 'pending_eligible_endpoints.yaml',
  coverage: '1.37.0.json',
  log: 'audit.log',
} as const;

export type FileRole = keyof typeof fileNames;

/** The files of a world, to be changed by a test before they are written. */
export type Files = Record<FileRole, string | Buffer>;

/** A commit of kubernetes/kubernetes. */
export const commit = '0123456789abcdef0123456789abcdef01234567';

/** @param runOf the commit that the run was of */
export function formatWorld(world: World, runOf = commit): Files {
  return {
    openapi: JSON.stringify(world.current, null, 1),
    previous: JSON.stringify(world.previous, null, 1),
    conformance: world.conformance.map(formatEntry).join(''),
    ineligible: world.ineligible.map(formatEntry).join(''),
    pending: `# Not yet tested.\n${world.pending.map((endpoint) => `- ${endpoint}\n`).join('')}`,
    coverage: JSON.stringify(makeCoverage(world), null, 1),
    log: makeLog(world, runOf),
  };
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** An entry of a YAML list; JSON strings are YAML. */
function formatEntry(entry: object): string {
  const lines = Object.entries(entry).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return `- ${lines.join('  ')}`;
}

/** A published coverage file with the right totals. */
export function makeCoverage(world: World): Record<string, unknown> {
  const listed = new Set(world.ineligible.map(({ endpoint }) => endpoint));
  const endpoints = listEndpoints(world.current)
    .filter(({ path, operation }) => operation.operationId !== undefined && !path.includes('/watch/'))
    .map(({ endpoint, path, operation }) => {
      const tests = [...world.hits].filter(([, hit]) => hit.includes(endpoint)).map(([test]) => test);
      const kind = operation['x-kubernetes-group-version-kind'];
      return {
        endpoint,
        level: findLevel(path),
        category: (operation.tags?.[0] ?? '').replace(/_v\d.*$/, ''),
        path,
        description: operation.description ?? null,
        kind: kind?.kind ?? null,
        version: kind?.version ?? null,
        group: kind?.group ?? null,
        action: operation['x-kubernetes-action'] ?? null,
        tested: tests.length > 0,
        conf_tested: tests.some((test) => test.includes('[Conformance]')),
        tests,
        release: world.release,
      };
    });
  const eligible = endpoints.filter(({ endpoint, level }) => level === 'stable' && !listed.has(endpoint));
  return {
    release: world.release,
    release_date: world.date.slice(0, 19),
    spec: 'https://example.org/swagger.json',
    sources: ['https://example.org/run/1'],
    endpoints,
    tests: [...world.hits.keys()].map((test) => ({
      test,
      testname: world.conformance.find(({ codename }) => codename === test)?.testname ?? null,
      file: null,
      release: world.release,
      conformance_test: test.includes('[Conformance]'),
      promotion_release: world.conformance.find(({ codename }) => codename === test)?.release ?? null,
    })),
    'total endpoints': endpoints.length,
    'tested endpoints': endpoints.filter(({ tested }) => tested).length,
    'total conformance eligible endpoints': eligible.length,
    'tested conformance eligible endpoints': eligible.filter(({ conf_tested }) => conf_tested).length,
  };
}

function findLevel(path: string): string {
  if (path.includes('alpha') || path === '/apis/early.k8s.io/') return 'alpha';
  return path.includes('beta') ? 'beta' : 'stable';
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The audit log of a whole run: for each hit the two stages of one request. */
export function makeLog(world: World, runOf: string): string {
  const all = new Map(listEndpoints(world.current).map((one) => [one.endpoint, one]));
  const lines: string[] = [];
  for (const [test, endpoints] of world.hits) {
    for (const name of endpoints) {
      const endpoint = all.get(name);
      if (endpoint !== undefined) lines.push(...makeEvents(endpoint, test, lines.length, { world, runOf }));
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The events of a request of a test. */
export function makeEvents(
  { method, path, operation }: MadeEndpoint,
  test: string,
  number: number,
  { world, runOf }: { readonly world: World; readonly runOf: string },
): string[] {
  const action = operation['x-kubernetes-action'];
  const verb = action === 'list' ? 'list' : action === 'deletecollection' ? action : verbs[method];
  const time = new Date(Date.parse(world.date) - 600_000 + number * 10).toISOString().replace('Z', '000Z');
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    stage: 'RequestReceived',
    requestURI: path.replace('{namespace}', 'ns-1').replace('{name}', 'thing-1').replace('{path}', 'a/b'),
    verb,
    user: { username: 'kubernetes-admin', groups: ['system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: `e2e.test/v${world.release} (linux/amd64) kubernetes/${runOf.slice(0, 7)} -- ${test}`,
    requestReceivedTimestamp: time,
    stageTimestamp: time,
  };
  return [
    JSON.stringify(event),
    JSON.stringify({ ...event, stage: 'ResponseComplete', responseStatus: { metadata: {}, code: 200 } }),
  ];
}
