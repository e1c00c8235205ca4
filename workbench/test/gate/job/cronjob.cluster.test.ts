import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load, loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openOwnKubeConfig } from '../../../src/audited-cluster/own-kube-config.ts';
import { type ClusterAccess, type RawResponse, sendRaw } from '../../../src/audited-cluster/raw-request.ts';
import type { ControlPlane } from '../../../src/control-plane/state.ts';
import { type AnswerStore, keepAnswer } from '../../../src/gate/job/answer-store.ts';
import { shortenAnswer } from '../../../src/gate/job/kept-answer.ts';
import { createGateMetricsServer } from '../../../src/gate/job/metrics-server.ts';
import { writeJob } from '../../../src/gate/job/write-job.ts';
import { createRandomName } from '../../../src/journal/run-id.ts';
import { findShared } from '../../support/control-plane.ts';
import { createAnswer, doubtfulAnswer, missingAnswer } from './answers.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const namespace = `snoop-gate-${createRandomName(6)}`;
const options = {
  ...{ name: 'snoop-gate', image: 'registry.example/snoop/workbench:0.1.0' },
  flags: ['--openapi', 'https://example.com/swagger.json', '--previous', '1.36', '--group', "it's: *.example.io"],
};
const documents = loadAll(writeJob('cronjob', options)) as Manifest[];
const resources: Readonly<Record<string, string>> = {
  ...{ ServiceAccount: 'serviceaccounts', Role: 'roles', RoleBinding: 'rolebindings', ConfigMap: 'configmaps' },
  ...{ CronJob: 'cronjobs', Deployment: 'deployments', Service: 'services', Pod: 'pods' },
  ...{ ServiceMonitor: 'servicemonitors', PrometheusRule: 'prometheusrules' },
};
const signal = new AbortController().signal;

let controlPlane: ControlPlane;
let cluster: ClusterAccess;
let folder = '';

beforeAll(async () => {
  controlPlane = await findShared();
  cluster = openOwnKubeConfig({ files: [controlPlane.kubeconfig], context: null });
  folder = await mkdtemp(join(tmpdir(), 'snoop-cronjob-'));
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  for (const crd of [describeCrd('ServiceMonitor'), describeCrd('PrometheusRule')]) {
    await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  }
});

afterAll(async () => {
  for (const kind of ['ServiceMonitor', 'PrometheusRule']) {
    const name = `${resources[kind]}.monitoring.coreos.com`;
    await send('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
  }
  for (const document of documents.slice(0, 4)) await send('DELETE', pathOf(document));
  await send('DELETE', `/api/v1/namespaces/${namespace}`);
  await rm(folder, { recursive: true, force: true });
});

const send = (method: string, path: string, body?: unknown, contentType?: string): Promise<RawResponse> =>
  sendRaw(cluster, {
    ...{ method, path, body },
    ...(contentType !== undefined && { headers: { 'Content-Type': contentType } }),
  });

async function create(path: string, body: unknown): Promise<void> {
  const { status, body: text } = await send('POST', path, body);
  expect([201, 409], text).toContain(status);
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}/namespaces/${namespace}/${resources[kind]}/${metadata.name}`;
}

/** Applies as `kubectl apply --server-side`; unknown fields are errors. */
async function apply(document: Manifest, dryRun: boolean): Promise<RawResponse> {
  const query = `fieldManager=test&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
  return send('PATCH', `${pathOf(document)}?${query}`, dump(document), 'application/apply-patch+yaml');
}

/** With the fields that the Prometheus Operator requires, and no others than those in use. */
function describeCrd(kind: 'ServiceMonitor' | 'PrometheusRule'): object {
  const text = { type: 'string' };
  const texts = { type: 'object', additionalProperties: text };
  const rule = {
    type: 'object',
    required: ['expr'],
    properties: { alert: text, expr: text, for: text, labels: texts, annotations: texts },
  };
  const group = {
    type: 'object',
    required: ['name'],
    properties: { name: text, rules: { type: 'array', items: rule } },
  };
  const endpoint = { type: 'object', properties: { port: text, path: text, interval: text, scrapeTimeout: text } };
  const properties =
    kind === 'PrometheusRule'
      ? { groups: { type: 'array', items: group } }
      : {
          endpoints: { type: 'array', items: endpoint },
          selector: { type: 'object', properties: { matchLabels: texts } },
        };
  const spec = { type: 'object', properties };
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: `${resources[kind]}.monitoring.coreos.com` },
    spec: {
      ...{ group: 'monitoring.coreos.com', scope: 'Namespaced', names: { kind, plural: resources[kind] } },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  };
}

describe('the documents', () => {
  test.for(documents.map((document) => [document.kind, document] as const))('%s', async ([, document]) => {
    // A CRD is served a moment after its creation.
    await expect.poll(() => apply(document, true).then(({ status, body }) => (status < 300 ? 'ok' : body))).toBe('ok');
  });

  test('the Pods meet the level restricted', async () => {
    const templates = documents.flatMap(({ kind, ...rest }) => {
      // biome-ignore lint/suspicious/noExplicitAny: the shape is what the server checks
      const spec = (rest as any).spec;
      if (kind === 'CronJob') return [spec.jobTemplate.spec.template];
      return kind === 'Deployment' ? [spec.template] : [];
    });
    expect(templates).toHaveLength(2);
    for (const { metadata, spec } of templates) {
      // The ServiceAccount does not exist yet.
      const { serviceAccountName: _, ...rest } = spec;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'pod' }, spec: rest };
      const { status, body } = await send('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
      expect(status, body).toBe(201);
      const open = { ...pod, spec: { ...rest, securityContext: {} } };
      expect((await send('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, open)).body).toContain(
        'restricted',
      );
    }
  });
});

describe('the answer', () => {
  let store: AnswerStore;

  beforeAll(async () => {
    for (const document of documents.slice(0, 4)) {
      const { status, body } = await apply(document, false);
      expect([200, 201], body).toContain(status);
    }
    store = { cluster: await openAccount(), namespace, name: 'snoop-gate' };
  });

  /** A kubeconfig of the job's own ServiceAccount. */
  async function openAccount(): Promise<ClusterAccess> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/snoop-gate/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { status: code, body, json } = await send('POST', path, request);
    expect(code, body).toBe(201);
    const { status } = json() as { status: { token: string } };
    const config = load(await readFile(controlPlane.kubeconfig, 'utf8')) as { users: { name: string }[] };
    const users = config.users.map(({ name }) => ({ name, user: { token: status.token } }));
    const file = join(folder, 'account.kubeconfig');
    await writeFile(file, dump({ ...config, users }));
    await chmod(file, 0o600);
    return openOwnKubeConfig({ files: [file], context: null });
  }

  async function readData(): Promise<string> {
    const { data } = (await send('GET', pathOf(documents[3] as Manifest))).json() as { data: Record<string, string> };
    return data['answer.json'] ?? '';
  }

  test('is kept with the rights of the job, survives applying the file again, and is served as metrics', async () => {
    const first = '2026-11-30T10:00:00.000Z';
    const kept = await keepAnswer(store, (before) => shortenAnswer(missingAnswer, first, before), signal);
    expect(kept).toMatchObject({ verdict: 'missing', counts: { missing: 2, notYetProven: 1 } });
    expect((await apply(documents[3] as Manifest, false)).status).toBe(200);
    expect(JSON.parse(await readData())).toEqual(kept);

    let now = new Date('2026-11-30T11:00:00Z');
    const file = join(folder, 'answer.json');
    const server = createGateMetricsServer(file, { now: () => now, log: () => {} });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const scrape = async (): Promise<string> => {
      // As the kubelet, which copies the ConfigMap into the volume.
      await writeFile(file, await readData());
      return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text();
    };
    expect(await scrape()).toContain('snoop_gate_untested{state="missing"} 2');
    now = new Date('2026-12-01T10:00:00Z');
    expect(await scrape()).toContain('snoop_gate_answer_age_seconds 86400');

    const second = '2026-12-01T10:00:00.000Z';
    const doubtful = await keepAnswer(store, (before) => shortenAnswer(doubtfulAnswer, second, before), signal);
    expect(doubtful.lastCounts).toEqual({ answeredAt: first, counts: kept.counts });
    const text = await scrape();
    expect(text).toContain('snoop_gate_exit_code 3');
    expect(text).toContain('snoop_gate_answer_age_seconds 0');
    expect(text).not.toContain('snoop_gate_untested');
  });

  test('is not replaced by an older one', async () => {
    const newer = await keepAnswer(
      store,
      (before) => shortenAnswer(createAnswer(), '2026-12-02T10:00:00.000Z', before),
      signal,
    );
    const late = keepAnswer(
      store,
      (before) => shortenAnswer(missingAnswer, '2026-12-02T09:00:00.000Z', before),
      signal,
    );
    expect(await late).toEqual(newer);
    expect(JSON.parse(await readData())).toEqual(newer);
  });

  test('two at the same time: the newer one is kept', async () => {
    const times = ['2026-12-03T10:00:01.000Z', '2026-12-03T10:00:02.000Z', '2026-12-03T10:00:00.000Z'];
    await Promise.all(
      times.map((time) => keepAnswer(store, (before) => shortenAnswer(createAnswer(), time, before), signal)),
    );
    expect(JSON.parse(await readData())).toMatchObject({ answeredAt: times[1] });
  });

  test('an unreadable one is replaced', async () => {
    const path = pathOf(documents[3] as Manifest);
    await send('PATCH', path, { data: { 'answer.json': '{"version": 1, "verd' } }, 'application/merge-patch+json');
    const kept = await keepAnswer(
      store,
      (before) => shortenAnswer(createAnswer(), '2026-12-04T10:00:00.000Z', before),
      signal,
    );
    expect(JSON.parse(await readData())).toEqual(kept);
  });

  test('the job may change no other ConfigMap, and a missing one is an error', async () => {
    const create = (): never => expect.unreachable('nothing was read');
    await expect(keepAnswer({ ...store, name: 'other' }, create, signal)).rejects.toMatchObject({
      ...{ code: 'not_kept', exitCode: 3, message: expect.stringContaining('403') },
    });
    await expect(keepAnswer({ cluster, namespace, name: 'other' }, create, signal)).rejects.toMatchObject({
      code: 'no_config_map',
    });
  });
});
