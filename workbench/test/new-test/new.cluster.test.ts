import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openOwnKubeConfig } from '../../src/audited-cluster/own-kube-config.ts';
import { sendRaw } from '../../src/audited-cluster/raw-request.ts';
import { command } from '../../src/cli/new.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { fetchApiDocument } from '../../src/new-test/api-document.ts';
import { listServedKinds } from '../../src/new-test/served-kinds.ts';
import { openShared } from '../support/control-plane.ts';
import { makeFolder } from '../support/folder.ts';
import { runLive, statesOf } from '../support/live-run.ts';
import { startCommand } from '../support/running-command.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

let controlPlane: ControlPlane;
let database: OpenDatabase;

beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
});
afterAll(() => database.release());

interface Written {
  readonly exitCode: number;
  readonly text: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly file: string;
}

/** Runs `snoop new`; an error is its message and advice. */
async function write(name: string, ...args: string[]): Promise<Written> {
  const file = join(await makeFolder(), 'written.live.ts');
  const { ended, stdout, stderr } = await startCommand(command, [name, '--out', file, ...args], {
    state: controlPlane.folder,
  });
  const exitCode = await ended;
  return { exitCode, text: await readFile(file, 'utf8'), stdout: stdout(), stderr: stderr(), file };
}

async function failure(name: string, ...args: string[]): Promise<unknown> {
  const { ended } = await startCommand(command, [name, ...args], { state: controlPlane.folder });
  return ended.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

function endpointsOf(text: string): string[] {
  return [...text.matchAll(/^\/\/ {7}(\w+)/gm)].map(([, endpoint = '']) => endpoint);
}

/** Creates an object that the test's end removes. */
async function create(path: string, body: { readonly metadata: { readonly name: string } }): Promise<void> {
  const access = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  const made = await sendRaw(access, { method: 'POST', path, body });
  expect(made.status, made.body).toBe(201);
  onTestFinished(async () => void (await sendRaw(access, { method: 'DELETE', path: `${path}/${body.metadata.name}` })));
}

async function createReadyNode(): Promise<void> {
  const name = `new-${Date.now()}`;
  await create('/api/v1/nodes', { metadata: { name } });
  const access = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  const body = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const path = `/api/v1/nodes/${name}/status`;
  expect((await sendRaw(access, { method: 'PATCH', path, headers, body })).status).toBe(200);
}

async function createCrd(plural: string, schema: object): Promise<void> {
  const group = 'new.example.com';
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await create(path, {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        plural,
        singular: plural.slice(0, -1),
        kind: `${plural.slice(0, 1).toUpperCase()}${plural.slice(1, -1)}`,
        shortNames: [`${plural.slice(0, 2)}x`],
      },
      scope: 'Namespaced',
      versions: [
        { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
      ],
    },
  } as { metadata: { name: string } });
  const access = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  await expect
    .poll(
      async () => (await sendRaw(access, { path: `/openapi/v3/apis/${group}/v1` })).body.includes(`/${plural}/{name}`),
      { timeout: 60_000 },
    )
    .toBe(true);
}

test('writes tests that pass, hit what they name, type-check and are formatted', { timeout: 300_000 }, async () => {
  // A generated client with subresources; the object API; kinds that can only be created; one that can only be read.
  const names = ['deploy', 'workloads.scheduling.k8s.io', 'SelfSubjectReview', 'bindings', 'ComponentStatus'];
  const written = [];
  for (const name of names) written.push(await write(name));
  expect(written.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);

  const sources = Object.fromEntries(written.map(({ text }, index) => [`test-${index}.live.ts`, text]));
  const live = await runLive(controlPlane, database, sources);
  expect(statesOf(live)).toEqual({
    'Deployment lifecycle': 'passed',
    'Workload lifecycle': 'passed',
    'SelfSubjectReview lifecycle': 'passed',
    'Binding lifecycle': 'passed',
    'ComponentStatus lifecycle': 'passed',
  });
  const hits = await database.pool.query<{ endpoint: string }>(
    'select distinct endpoint from testing.run_endpoint where run = $1',
    [live.runId],
  );
  const hit = new Set(hits.rows.map(({ endpoint }) => endpoint));
  const named = written.flatMap(({ text }) => endpointsOf(text));
  expect(named.filter((endpoint) => !hit.has(endpoint))).toEqual([]);

  // With a node that is ready, the tests wait for Pods. No kubelet runs here, so these are only type-checked.
  await createReadyNode();
  for (const name of ['Pod', 'Job', 'deployments.apps']) {
    const { text } = await write(name);
    expect(text).toContain("await step('wait until it runs'");
    sources[`on-nodes-${name}.live.ts`] = text;
  }

  // In the package, so that its dependencies are found.
  const folder = await mkdtemp(join(root, 'workbench/.snoop-written-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(sources)) await writeFile(join(folder, name), text);
  const tsconfig = { extends: '../../tsconfig.base.json', compilerOptions: { noEmit: true }, include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const checked = await run(tsc, ['-p', folder]).catch((error: { stdout: string }) => error);
  expect(checked.stdout).toBe('');
  const biome = join(root, 'node_modules/.bin/biome');
  for (const [name, text] of Object.entries(sources)) {
    const formatting = run(biome, ['format', `--stdin-file-path=${name}`], { cwd: root });
    formatting.child.stdin?.end(text);
    expect((await formatting).stdout).toBe(text);
  }
});

test('writes the outline with marks, and only untested steps on demand', async () => {
  const whole = await write('Node');
  expect(whole.text.split('\nimport')[0]).toMatchInlineSnapshot(`
    "// v1 Node, written by 'snoop new Node' for Kubernetes 1.37.2.
    // [no e2e test], [no conformance test]: no such test of the baseline 1.37.0 hits the endpoint.
    //
    //  1. create with a label
    //       createCoreV1Node
    //  2. read
    //       readCoreV1Node
    //  3. list
    //       listCoreV1Node
    //  4. watch until its event arrives
    //  5. patch an annotation
    //       patchCoreV1Node
    //  6. update an annotation
    //       replaceCoreV1Node
    //  7. read its status
    //       readCoreV1NodeStatus [no e2e test]
    //  8. patch its status
    //       patchCoreV1NodeStatus
    //  9. update its status
    //       replaceCoreV1NodeStatus
    // 10. delete
    //       deleteCoreV1Node
    // 11. delete a second one as a collection
    //       deleteCoreV1CollectionNode [no e2e test]
    // OPEN: needs a server behind it that answers the method:
    //       connectCoreV1GetNodeProxy [no e2e test]
    //       connectCoreV1PutNodeProxy [no e2e test]
    //       connectCoreV1PostNodeProxy [no e2e test]
    //       connectCoreV1DeleteNodeProxy [no e2e test]
    //       connectCoreV1OptionsNodeProxy [no e2e test]
    //       connectCoreV1HeadNodeProxy [no e2e test]
    //       connectCoreV1PatchNodeProxy [no e2e test]
    //       connectCoreV1GetNodeProxyWithPath [no conformance test]
    //       connectCoreV1PutNodeProxyWithPath [no e2e test]
    //       connectCoreV1PostNodeProxyWithPath [no e2e test]
    //       connectCoreV1DeleteNodeProxyWithPath [no e2e test]
    //       connectCoreV1OptionsNodeProxyWithPath [no e2e test]
    //       connectCoreV1HeadNodeProxyWithPath [no e2e test]
    //       connectCoreV1PatchNodeProxyWithPath [no e2e test]"
  `);
  const untested = await write('v1/Node', '--untested');
  expect(untested.text.split('\nimport')[0]).toMatchInlineSnapshot(`
    "// v1 Node, written by 'snoop new v1/Node' for Kubernetes 1.37.2.
    // [no e2e test], [no conformance test]: no such test of the baseline 1.37.0 hits the endpoint.
    //
    //  1. create with a label
    //       createCoreV1Node
    //  2. read its status
    //       readCoreV1NodeStatus [no e2e test]
    //  3. delete a second one as a collection
    //       deleteCoreV1CollectionNode [no e2e test]
    // OPEN: needs a server behind it that answers the method:
    //       connectCoreV1GetNodeProxy [no e2e test]
    //       connectCoreV1PutNodeProxy [no e2e test]
    //       connectCoreV1PostNodeProxy [no e2e test]
    //       connectCoreV1DeleteNodeProxy [no e2e test]
    //       connectCoreV1OptionsNodeProxy [no e2e test]
    //       connectCoreV1HeadNodeProxy [no e2e test]
    //       connectCoreV1PatchNodeProxy [no e2e test]
    //       connectCoreV1GetNodeProxyWithPath [no conformance test]
    //       connectCoreV1PutNodeProxyWithPath [no e2e test]
    //       connectCoreV1PostNodeProxyWithPath [no e2e test]
    //       connectCoreV1DeleteNodeProxyWithPath [no e2e test]
    //       connectCoreV1OptionsNodeProxyWithPath [no e2e test]
    //       connectCoreV1HeadNodeProxyWithPath [no e2e test]
    //       connectCoreV1PatchNodeProxyWithPath [no e2e test]"
  `);
  const tested = await write('cm', '--untested');
  expect(tested.stdout).toContain('nothing: e2e and conformance tests hit all 8 endpoints of its steps');
  expect(endpointsOf(tested.text)).toHaveLength(8);
});

test('finds the kind of an endpoint and of a subresource', async () => {
  expect((await write('createCoreV1NamespacedServiceAccountToken')).text).toContain(
    "liveTest('ServiceAccount lifecycle'",
  );
  expect(endpointsOf((await write('Eviction')).text)).toEqual([
    'createCoreV1NamespacedPod',
    'createCoreV1NamespacedPodEviction',
    'deleteCoreV1NamespacedPod',
  ]);
});

test('finds a custom resource by its short name', { timeout: 180_000 }, async () => {
  await createCrd('gadgets', {
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['size', 'mode'],
        properties: { size: { type: 'integer', minimum: 3 }, mode: { type: 'string', enum: ['Fast', 'Slow'] } },
      },
      status: {
        type: 'object',
        properties: {
          conditions: {
            type: 'array',
            items: {
              type: 'object',
              required: ['type', 'status'],
              properties: { type: { type: 'string' }, status: { type: 'string' } },
            },
          },
        },
      },
    },
  });
  const { exitCode, text } = await write('gax');
  expect(exitCode).toBe(0);
  expect(text).toContain("spec: { size: 3, mode: 'Fast' },");
  expect(statesOf(await runLive(controlPlane, database, { 'gadget.live.ts': text }))).toEqual({
    'Gadget lifecycle': 'passed',
  });
});

test('marks what the server never accepts', { timeout: 180_000 }, async () => {
  await createCrd('puzzles', {
    type: 'object',
    properties: { spec: { type: 'object', properties: { answer: { type: 'string' } } } },
    'x-kubernetes-validations': [
      { rule: 'has(self.spec.answer) && self.spec.answer == "42"', message: 'the answer must be right' },
    ],
    required: ['spec'],
  });
  const { exitCode, text, stderr } = await write('Puzzle');
  expect(exitCode).toBe(1);
  expect(text).toContain('  // OPEN: ');
  expect(text).toContain('// OPEN: the body: the server does not accept it yet');
  expect(stderr).toContain('the answer must be right');
});

test('tries a body in a namespace of any name', async () => {
  const { exitCode, stderr } = await write('ConfigMap', '--namespace', 'no such/one?');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('The server does not accept the body: ');
});

test('refuses to overwrite a file, and names that mean nothing or several kinds', async () => {
  const { file, text } = await write('Lease');
  expect(await failure('Lease', '--out', file)).toMatchObject({ code: 'file_exists', exitCode: 2 });
  expect(await readFile(file, 'utf8')).toBe(text);
  expect(await failure('events')).toMatchObject({
    code: 'ambiguous_kind',
    exitCode: 2,
    advice: ['events.k8s.io/v1/Event', 'v1/Event'],
  });
  expect(await failure('Pood')).toMatchObject({
    code: 'unknown_kind',
    exitCode: 2,
    advice: [expect.stringContaining("'Pod'"), "'snoop up' would not serve it: Kubernetes 1.37.2 does not have it."],
  });
  expect(await failure('getCoreAPIVersions')).toMatchObject({ code: 'no_kind', exitCode: 2 });
});

/** A server as before Kubernetes 1.24: without OpenAPI v3 and aggregated discovery, and without some kinds. */
async function openOldServer(): Promise<string> {
  const access = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  const answer = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    const path = asked.url ?? '/';
    if (path.startsWith('/openapi/v3') || path.startsWith('/apis/scheduling.k8s.io/v1alpha3')) {
      response.writeHead(404).end();
      return;
    }
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const { status, body: text } = await sendRaw(access, { method: asked.method ?? 'GET', path, headers, ...body });
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  const server = createServer((asked, response) => void answer(asked, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const file = join(await makeFolder(), 'kubeconfig');
  const named = { name: 'old' };
  await writeFile(
    file,
    JSON.stringify({
      clusters: [{ ...named, cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ ...named, user: {} }],
      contexts: [{ ...named, context: { cluster: 'old', user: 'old' } }],
      'current-context': 'old',
    }),
  );
  return file;
}

test('reads an old server: OpenAPI v2, and discovery group by group', { timeout: 180_000 }, async () => {
  const old = openOwnKubeConfig({ files: [await openOldServer()], context: null });
  const fresh = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  const [before, now] = await Promise.all([listServedKinds(old), listServedKinds(fresh)]);
  const isKept = ({ path }: { path: { group: string; version: string } }): boolean =>
    `${path.group}/${path.version}` !== 'scheduling.k8s.io/v1alpha3';
  const print = (kinds: typeof now): string[] =>
    kinds
      .map((one) =>
        JSON.stringify([
          one.path,
          one.resource,
          one.subresource,
          one.kind,
          one.group,
          one.version,
          one.namespaced,
          one.preferred,
        ]),
      )
      .sort();
  expect(print(before)).toEqual(print(now.filter(isKept)));

  const version = { group: 'apps', version: 'v1' };
  const [v2, v3] = await Promise.all([fetchApiDocument(old, version), fetchApiDocument(fresh, version)]);
  const ofApps = v2.operations.filter(({ path }) => path.startsWith('/apis/apps/v1/'));
  expect(ofApps.length).toBeGreaterThan(50);
  expect(ofApps.map(({ endpoint }) => endpoint).sort()).toEqual(v3.operations.map(({ endpoint }) => endpoint).sort());
});

test('says that snoop up serves a kind that the cluster does not', async () => {
  const kubeconfig = await openOldServer();
  expect(
    await failure('CompositePodGroup', '--kubeconfig', kubeconfig, '--database-url', controlPlane.snoopdb.url),
  ).toMatchObject({
    code: 'unknown_kind',
    exitCode: 2,
    advice: ["'snoop up' would serve it: Kubernetes 1.37.2 has /apis/scheduling.k8s.io/v1alpha3/compositepodgroups."],
  });
});
