import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** Why a spec hits other endpoints here than in the published coverage of 1.36.0. */
interface Explanation {
  readonly endpoints: readonly string[];
  /** Part of the spec's name; omitted: any spec. */
  readonly spec?: string;
  readonly change: 'missing' | 'added';
  readonly why: string;
}

export const explanations: readonly Explanation[] = [
  {
    endpoints: ['listCoreV1Node'],
    change: 'missing',
    why: 'the framework looks at all nodes after a spec, but not with --allowed-not-ready-nodes=-1',
  },
  {
    endpoints: ['connectCoreV1GetNamespacedPodPortforward', 'readCoreV1NamespacedPod', 'readCoreV1NamespacedPodLog'],
    spec: '[sig-api-machinery] Garbage collector',
    change: 'missing',
    why: 'the framework reads metrics from the Pod of kube-controller-manager, which is a process here',
  },
  {
    endpoints: ['createCoreV1NamespacedPodBinding'],
    spec: '[sig-node] Pods should delete a collection of pods',
    change: 'missing',
    why: 'published coverage gives the binding of kube-scheduler to this spec',
  },
  {
    endpoints: ['listCoreV1NamespacedPod', 'readCoreV1NamespacedPod'],
    spec: '[sig-apps]',
    change: 'missing',
    why: 'these specs read Pods only while they wait for them',
  },
  {
    endpoints: ['listCoreV1NamespacedPod', 'readCoreV1NamespacedPod'],
    spec: '[sig-apps]',
    change: 'added',
    why: 'these specs read Pods only while they wait for them',
  },
  {
    endpoints: ['getInternalApiserverAPIGroup', 'getStoragemigrationAPIGroup'],
    spec: 'Discovery should validate PreferredVersion for each APIGroup',
    change: 'added',
    why: 'the local API server serves alpha and beta groups, too',
  },
];

interface Difference {
  readonly sameTests: number;
  readonly tests: readonly {
    readonly test: string;
    readonly missing: readonly string[];
    readonly added: readonly string[];
  }[];
}

/** What the specs of a run hit, beside their published hits. */
export interface Explained {
  /** Specs of both. */
  readonly compared: number;
  /** Differences that nothing explains, as `spec: +endpoint`. */
  readonly unexplained: readonly string[];
}

/** Explains the differences of a run to published coverage, which counts requests without success, by the table and the events. */
export async function explainDifferences(folder: string): Promise<Explained> {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { tests, sameTests } = read('difference.json') as Difference;
  const failed = await findFailedRequests(folder, read('coverage.json') as Coverage);
  const unexplained = tests.flatMap(({ test, missing, added }) => [
    ...missing
      .filter((one) => !failed.has(`${test}: ${one}`) && !isExplained(test, one, 'missing'))
      .map((one) => `${test}: -${one}`),
    ...added.filter((one) => !isExplained(test, one, 'added')).map((one) => `${test}: +${one}`),
  ]);
  return { compared: sameTests, unexplained };
}

function isExplained(test: string, endpoint: string, change: Explanation['change']): boolean {
  return explanations.some(
    (one) => one.change === change && one.endpoints.includes(endpoint) && test.includes(one.spec ?? ''),
  );
}

interface Coverage {
  readonly endpoints: readonly { readonly endpoint: string; readonly path: string; readonly action: string | null }[];
}

const actions: Readonly<Record<string, string>> = { create: 'post', update: 'put' };
const firstError = 300;

/** Which specs requested which endpoints without success, as `spec: endpoint`. */
async function findFailedRequests(folder: string, { endpoints }: Coverage): Promise<Set<string>> {
  const patterns = endpoints.map(({ endpoint, path, action }) => ({
    ...{ endpoint, action },
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
  }));
  const found = new Set<string>();
  // A run that continues another one has the events of both.
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'));
  for await (const line of readLines(files.map((name) => join(folder, name)))) {
    const { userAgent = '', responseStatus, verb, requestURI } = JSON.parse(line);
    const test = userAgent.split(' -- ').slice(1).join(' -- ');
    const isDryRun = requestURI.includes('dryRun=');
    if (test === '' || !((responseStatus?.code ?? 0) >= firstError || isDryRun)) continue;
    const path = requestURI.split('?')[0];
    const hit = patterns.find(({ pattern, action }) => action === (actions[verb] ?? verb) && pattern.test(path));
    if (hit !== undefined) found.add(`${test}: ${hit.endpoint}`);
  }
  return found;
}

async function* readLines(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* createInterface({ input: createReadStream(file).pipe(createGunzip()) });
}
