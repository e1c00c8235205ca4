import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RunDocument } from '@snoop/snoopdb';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { loadGoTypes } from '../../src/ginkgo/go-types.ts';
import { writeGinkgoFile } from '../../src/ginkgo/write-file.ts';
import { snoop, up } from '../control-plane/support.ts';
import { listCreated, listHits } from './compare-runs.ts';
import { buildE2eTest, makeModule, runProgramIn, vet, writePackages, type E2eModule } from './e2e-module.ts';
import { gofmt } from './gofmt.ts';

// The tests use one control plane and one Go module, in this order. A first build of the framework takes minutes.

const buildMs = 1_200_000;

const kinds = [
  ...['ConfigMap', 'Secret', 'Service', 'Pod', 'PersistentVolume', 'ResourceQuota', 'ServiceAccount', 'Deployment'],
  ...['StatefulSet', 'CronJob', 'Ingress', 'NetworkPolicy', 'ClusterRole', 'Lease', 'PodDisruptionBudget', 'CSIDriver'],
  ...['FlowSchema', 'EndpointSlice', 'HorizontalPodAutoscaler', 'CustomResourceDefinition'],
];

/** Typed with subresources; cluster-scoped; of the dynamic client. */
const ran = ['Deployment', 'CSIDriver', 'CustomResourceDefinition'];

const goTypes = fileURLToPath(new URL('../../go-types/', import.meta.url));
const parent = realpathSync(mkdtempSync(join(tmpdir(), 'snoop-ginkgo-')));
const state = join(parent, 'state');
let module: E2eModule | string;
let live: RunDocument;

beforeAll(async () => {
  module = await makeModule(join(parent, 'module'));
  if (typeof module === 'string') return;
  await up(state);
  live = await testKinds();
}, buildMs);

afterAll(async () => {
  await snoop(['down', '--purge'], state);
  rmSync(parent, { recursive: true, force: true });
});

/** Runs the live tests that `snoop new` writes, and exports the run. */
async function testKinds(): Promise<RunDocument> {
  const files: string[] = [];
  for (const kind of kinds) {
    const file = join(parent, `${kind}.live.ts`);
    const { exitCode, stderr } = await snoop(['new', kind, '--out', file], state);
    expect(exitCode, stderr).toBe(0);
    files.push(file);
  }
  const tested = await snoop(['test', ...files], state);
  expect(tested.exitCode, tested.stdout + tested.stderr).toBe(0);
  return exportLast();
}

async function exportLast(): Promise<RunDocument> {
  const { exitCode, stdout, stderr } = await snoop(['runs', 'export', '--bodies'], state);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

function needModule(context: TestContext): E2eModule {
  if (typeof module === 'string') context.skip(`Kubernetes cannot be compiled here, no Go test was: ${module}`);
  return module as E2eModule;
}

test('the Go types are those of the release', { timeout: buildMs }, async (context) => {
  const printed = await runProgramIn(needModule(context), readFileSync(join(goTypes, 'main.go'), 'utf8'));
  const file = join(goTypes, 'go-types.json.gz');
  if (process.env.SNOOP_RENEW_GO_TYPES === '1') writeFileSync(file, gzipSync(printed, { level: 9 }));
  expect(JSON.parse(gunzipSync(readFileSync(file)).toString())).toEqual(JSON.parse(printed));
});

test(`compiles for ${kinds.length} kinds`, { timeout: buildMs }, async (context) => {
  const built = needModule(context);
  const types = await loadGoTypes();
  const files = live.tests.map((one) => writeGinkgoFile({ ...live, tests: [one] }, types, false));
  expect(files).toHaveLength(kinds.length);
  for (const { text } of files) expect(gofmt(text)).toBe(text);
  await writePackages(built, files);
  await vet(built);
});

test('sends the same requests and creates the same objects as the live tests', {
  timeout: buildMs,
}, async (context) => {
  const program = await buildE2eTest(needModule(context));
  const flags = [
    ...['--provider=skeleton', '--allowed-not-ready-nodes=-1', '--minStartupPods=0', '--num-nodes=0'],
    // Bodies of protobuf are not stored.
    ...['--kube-api-content-type=application/json', `--ginkgo.focus=an? (${ran.join('|')}) lifecycle`],
  ];
  const script = `exec '${program}' --kubeconfig="$KUBECONFIG" ${flags.map((flag) => `'${flag}'`).join(' ')}`;
  // The state folder by the environment: a flag would be the command's.
  const ended = await snoop(['exec', '--', 'sh', '-c', script], state, { SNOOP_STATE: state });
  expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0);
  expect(ended.stdout).toContain(`${ran.length} Passed`);
  const e2e = await exportLast();
  for (const kind of ran) {
    const agent = new RegExp(`^e2e\\.test/v.* -- \\[sig-.*should run through an? ${kind} lifecycle`);
    const byTest = { document: live, test: live.tests.find(({ name }) => name === `${kind} lifecycle`) };
    const byProgram = { document: e2e, agent };
    expect(listHits(byTest).length, kind).toBeGreaterThanOrEqual(7);
    expect(listHits(byProgram), kind).toEqual(listHits(byTest));
    expect(listCreated(byProgram), kind).toEqual(listCreated(byTest));
  }
});
