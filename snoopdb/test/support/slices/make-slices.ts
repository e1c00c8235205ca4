/**
 * Makes the slices of published files that the tests read, from a folder that holds the whole files under the same names:
 *
 *   npx tsx --conditions @snoop/source snoopdb/test/support/slices/make-slices.ts <folder>
 *
 *   openapi/swagger-<release>.json.gz   kubernetes/kubernetes, api/openapi-spec/swagger.json of each release
 *   coverage/                           kubernetes-sigs/apisnoop, resources/coverage, commit 1bd88fd (2026-06-29)
 *   conformance/                        kubernetes/kubernetes, test/conformance/testdata; the tests are those of v1.30
 *
 * All of it is under the Apache License 2.0; see NOTICE. A slice has the endpoints of some paths, unchanged but for what no
 * test reads. The totals of a coverage file are recounted. The same input gives the same bytes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compareReleases } from '../../../src/release.ts';

/** One of each kind: discovery, subresources, groups that only beta and alpha have, what releases gained and lost. */
const paths = [
  /^\/(version|logs|openid|\.well-known)\//,
  /^\/openid\/v1\/jwks$/,
  /^\/api\/(v1\/)?$/,
  /^\/api\/v1\/namespaces\/\{name\}\/(status|finalize)$/,
  /^\/api\/v1\/(watch\/)?(namespaces\/\{namespace\}\/)?events\b/,
  /^\/api\/v1\/namespaces\/\{namespace\}\/pods\/\{name\}\/(binding|portforward|proxy)/,
  /^\/api\/v1\/nodes\/\{name\}\/proxy/,
  /^\/apis\/apps\/v1\/(watch\/)?(namespaces\/\{namespace\}\/)?controllerrevisions/,
  /^\/apis\/admissionregistration\.k8s\.io\/(v1\/(watch\/)?mutatingadmissionpolicybindings\b|$)/,
  /^\/apis\/autoscaling\/(v2\/|$)/,
  /^\/apis\/rbac\.authorization\.k8s\.io\/v1\/clusterroles\/\{name\}$/,
  /^\/apis\/resource\.k8s\.io\/(v\w+\/)?$/,
  /^\/apis\/scheduling\.k8s\.io\//,
  /^\/apis\/(internal\.apiserver|storagemigration)\.k8s\.io\/(v\w+\/)?$/,
];
/** Hit by so many tests that it would be half of a slice. */
const leftOut = 'deleteRbacAuthorizationV1ClusterRole';
const releases = ['1.30', '1.34', '1.35', '1.36'];

interface Operation {
  operationId?: string;
  [field: string]: unknown;
}
type PathItem = Record<string, Operation>;
interface Coverage {
  release: string;
  endpoints: {
    endpoint: string;
    path: string;
    level: string;
    tested: boolean;
    tests: (string | null)[] | null;
  }[];
  tests: { test: string }[];
}
interface EndpointHistory {
  endpoint: string;
  promotion_release: string;
  tested_release: string | null;
}

const folder = process.argv[2];
if (folder === undefined)
  throw new Error('Name the folder of the whole files. The top of this file says what it holds.');

async function readText(name: string): Promise<string> {
  const bytes = await readFile(new URL(name, pathToFileURL(join(folder ?? '', '/'))));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

const isKept = (path: string, endpoint: string | undefined): boolean =>
  endpoint !== leftOut && paths.some((pattern) => pattern.test(path));

const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readText(name)) as T;

async function write(name: string, text: string): Promise<void> {
  const file = join(import.meta.dirname, name);
  await mkdir(dirname(file), { recursive: true });
  const packed = gzipSync(text, { level: 9 });
  // The header's byte for the operating system would make the file differ between machines.
  packed[9] = 0xff;
  const bytes = name.endsWith('.gz') ? packed : Buffer.from(text);
  await writeFile(file, bytes);
  console.log(`${name}: ${bytes.length} bytes`);
}

async function sliceDocument(name: string): Promise<void> {
  const document = await readJson<{ swagger: string; info: object; paths: Record<string, PathItem> }>(name);
  const { swagger, info } = document;
  const items = Object.entries(document.paths).map(([path, item]) => [path, slicePath(path, item)] as const);
  const kept = Object.fromEntries(items.filter(([, item]) => Object.keys(item).length > 0));
  await write(name, JSON.stringify({ swagger, info, paths: kept }));
}

function slicePath(path: string, item: PathItem): PathItem {
  const kept = Object.entries(item).filter(([, { operationId }]) => isKept(path, operationId));
  // The `parameters` beside the operations stay: they are no operation.
  return Object.fromEntries(kept.map(([method, value]) => [method, method === 'parameters' ? value : slim(value)]));
}

function slim(operation: Operation): Operation {
  const {
    consumes: _consumes,
    parameters: _parameters,
    produces: _produces,
    responses: _responses,
    ...kept
  } = operation;
  return kept;
}

async function sliceCoverage(name: string): Promise<Set<string>> {
  const coverage = await readJson<Coverage>(name);
  const endpoints = coverage.endpoints.filter(({ path, endpoint }) => isKept(path, endpoint));
  const hitting = new Set(endpoints.flatMap((one) => one.tests ?? []));
  const tests = coverage.tests.filter(({ test }) => hitting.has(test) || test === '');
  await write(
    name,
    JSON.stringify({ ...coverage, endpoints, tests, ...(await countTotals(coverage.release, endpoints)) }),
  );
  return new Set(endpoints.map(({ endpoint }) => endpoint));
}

/**
 * Eligible endpoints are counted by the history, as in the published files: in those that were overwritten from a stale run
 * the totals contradict the list, and so they do here.
 */
async function countTotals(release: string, endpoints: Coverage['endpoints']): Promise<Record<string, number>> {
  const names = new Set(endpoints.map(({ endpoint }) => endpoint));
  const history = (await readJson<EndpointHistory[]>('coverage/conformance-endpoints.json.gz')).filter(
    (one) => names.has(one.endpoint) && compareReleases(one.promotion_release, release) <= 0,
  );
  const tested = history.filter(
    ({ tested_release }) => tested_release !== null && compareReleases(tested_release, release) <= 0,
  );
  const isNew = (one: EndpointHistory): boolean => one.promotion_release === release;
  return {
    'total endpoints': endpoints.length,
    'tested endpoints': endpoints.filter((one) => one.tested).length,
    'new conformance eligible endpoints': history.filter(isNew).length,
    'total conformance eligible endpoints': history.length,
    'tested conformance eligible endpoints': tested.length,
    'new tested conformance eligible endpoints': tested.filter(isNew).length,
  };
}

/** Entries of a YAML list, as they are written. */
async function sliceList(name: string, keep: (entry: string, number: number) => boolean): Promise<void> {
  const entries = (await readText(name)).split(/^(?=- )/m);
  await write(name, entries.filter(keep).join(''));
}

for (const release of releases) await sliceDocument(`openapi/swagger-${release}.json.gz`);
const names = new Set<string>();
for (const release of [...releases, '1.37']) {
  for (const name of await sliceCoverage(`coverage/${release}.0.json.gz`)) names.add(name);
}
const histories = await readJson<EndpointHistory[]>('coverage/conformance-endpoints.json.gz');
await write(
  'coverage/conformance-endpoints.json.gz',
  JSON.stringify(histories.filter(({ endpoint }) => names.has(endpoint))),
);
// Short ones are not cut.
for (const name of ['conformance-progress', 'conformance-coverage-per-release', 'ineligible_endpoints']) {
  await write(`coverage/${name}.json.gz`, JSON.stringify(await readJson(`coverage/${name}.json`)));
}
await write('coverage/releases.yaml', await readText('coverage/releases.yaml'));
await write(
  'conformance/pending_eligible_endpoints.yaml',
  await readText('conformance/pending_eligible_endpoints.yaml'),
);
await sliceList('conformance/ineligible_endpoints.yaml', (entry) =>
  names.has(/endpoint: (\S+)/.exec(entry)?.[1] ?? ''),
);
// Every fiftieth, and those whose release is written in an unusual way.
await sliceList('conformance/conformance-v1.30.yaml', (entry, number) => {
  return number % 50 === 0 || !/^ {2}release: v1\.\d+$/m.test(entry);
});
