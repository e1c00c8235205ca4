import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadClusterDocument, unresolvedReasons } from '@snoop/snoopdb';
import { auditLogs } from '@snoop/snoopdb/test-audit-logs';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, describe, expect, test } from 'vitest';
import { command as resolve } from '../../src/cli/resolve.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

/** A database that does not exist. */
const nowhere = 'postgresql://nobody@127.0.0.1:1/nothing';

const widgets = '/apis/shop.example.com/v1/namespaces/{namespace}/widgets';
const proxy = '/api/v1/namespaces/{namespace}/pods/{name}/proxy';
const document = {
  swagger: '2.0',
  paths: {
    '/api/v1/pods': { get: { operationId: 'listPods' } },
    [proxy]: {
      get: { operationId: 'getProxy' },
      head: { operationId: 'headProxy' },
      options: { operationId: 'optProxy' },
    },
    [widgets]: { get: { operationId: 'listWidgets' }, post: { operationId: 'createWidget' } },
  },
};

const gkeEntry = {
  insertId: 'x',
  protoPayload: { '@type': 'type.googleapis.com/google.cloud.audit.AuditLog', methodName: 'io.k8s.core.v1.pods.list' },
};

async function writeFiles(files: Record<string, string | Buffer>): Promise<(name: string) => string> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'logs'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return (name) => join(folder, name);
}

function event(verb: string, requestURI: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: 'id',
    stage: 'ResponseComplete',
    verb,
    requestURI,
    ...more,
  });
}

describe('with a document, without a database', () => {
  const hpas = 'v2/namespaces/{namespace}/horizontalpodautoscalers';
  const list = { get: { operationId: 'listAutoscalingV2NamespacedHorizontalPodAutoscaler' } };
  const scale = { get: { operationId: 'readAppsV1beta2NamespacedScaleScale' } };
  const claimed = [
    [`/apis/autoscaling.k8s.io/${hpas}`, list],
    [`/apis/autoscaling/${hpas}`, list],
    ['/apis/apps/v1beta2/namespaces/{namespace}/deployments/{name}/scale', scale],
    ['/apis/apps/v1beta2/namespaces/{namespace}/replicasets/{name}/scale', scale],
  ] as const;

  test.each([
    ['the order of its paths', claimed],
    ['the other order', claimed.toReversed()],
    ['only the custom resource', claimed.filter(([path]) => !path.startsWith('/apis/autoscaling/'))],
  ])('an operationId of several paths names at most one of them: %s', async (_, given) => {
    const files = await writeFiles({ 'openapi.json': JSON.stringify({ paths: Object.fromEntries(given) }) });
    const log = claimed.map(([path]) => event('get', path.replace('{namespace}', 'a').replace('{name}', 'b')));
    const at = await writeFiles({ 'audit.log': log.join('\n') });
    const result = await ask(resolve, nowhere, '--openapi', files('openapi.json'), at('audit.log'));
    const endpoints = result.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).endpoint);
    expect(endpoints).toEqual([
      `GET ${claimed[0][0]}`,
      given.length === 4 ? list.get.operationId : null,
      `GET ${claimed[2][0]}`,
      `GET ${claimed[3][0]}`,
    ]);
  });

  test('prints a line for each event, and counts lines without one', async () => {
    const log = [
      event('list', '/api/v1/pods?limit=1'),
      event('list', '/api/v1/pods/'),
      event('get', '/api/v1/namespaces/default/pods/web/proxy'),
      event('', '/api/v1%2Fnamespaces/default/pods/proxy/proxy'),
      event('create', '/apis/shop.example.com/v1/namespaces/x/widgets', { stage: 'RequestReceived' }),
      event('delete', '/api/v1/pods'),
      event('dance', '/api/v1/pods'),
      event('get', '/api/v1/podz'),
      event('get', '/healthz'),
      event('get', 'no path'),
      '{"verb": "list", "requestURI": "/api/v1/pods"}',
      '{"requestURI": "/api/v1/pods"}',
      'no JSON at all',
      '{"kind": 0}',
      '[]',
      `{"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [${event('watch', '/api/v1/pods')}]}`,
      event('list', '/api/v1/pods').slice(0, 40),
    ];
    const at = await writeFiles({ 'openapi.json': JSON.stringify(document), 'audit.log': log.join('\n') });
    const result = await ask(resolve, nowhere, '--openapi', at('openapi.json'), at('audit.log'));
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatchInlineSnapshot(`
      "{"auditID":"id","stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/pods?limit=1","endpoint":"listPods","reason":null}
      {"auditID":"id","stage":"ResponseComplete","verb":"list","requestURI":"/api/v1/pods/","endpoint":"listPods","reason":null}
      {"auditID":"id","stage":"ResponseComplete","verb":"get","requestURI":"/api/v1/namespaces/default/pods/web/proxy","endpoint":"getProxy","reason":null,"ambiguous":"GET or HEAD"}
      {"auditID":"id","stage":"ResponseComplete","verb":"","requestURI":"/api/v1%2Fnamespaces/default/pods/proxy/proxy","endpoint":"optProxy","reason":null}
      {"auditID":"id","stage":"RequestReceived","verb":"create","requestURI":"/apis/shop.example.com/v1/namespaces/x/widgets","endpoint":"createWidget","reason":null}
      {"auditID":"id","stage":"ResponseComplete","verb":"delete","requestURI":"/api/v1/pods","endpoint":null,"reason":"method not served"}
      {"auditID":"id","stage":"ResponseComplete","verb":"dance","requestURI":"/api/v1/pods","endpoint":null,"reason":"undecidable"}
      {"auditID":"id","stage":"ResponseComplete","verb":"get","requestURI":"/api/v1/podz","endpoint":null,"reason":"not in this release"}
      {"auditID":"id","stage":"ResponseComplete","verb":"get","requestURI":"/healthz","endpoint":null,"reason":"non-resource path"}
      {"auditID":"id","stage":"ResponseComplete","verb":"get","requestURI":"no path","endpoint":null,"reason":"malformed request"}
      {"auditID":null,"stage":null,"verb":"list","requestURI":"/api/v1/pods","endpoint":"listPods","reason":null}
      {"auditID":null,"stage":null,"verb":null,"requestURI":"/api/v1/pods","endpoint":null,"reason":"undecidable"}
      {"auditID":"id","stage":"ResponseComplete","verb":"watch","requestURI":"/api/v1/pods","endpoint":"listPods","reason":null}
      "
    `);
    expect(result.stderr.split('\n').slice(1)).toMatchInlineSnapshot(`
      [
        "13 events, 7 with an endpoint; without: 2 undecidable, 1 malformed request, 1 method not served, 1 non-resource path, 1 not in this release",
        "shapes: plain events 12, EventList 1",
        "without an event: 3 lines or records (1 no JSON: unexpected byte at 0 of the line; 1 not an audit event: its kind is not a string; 1 no JSON: it ends too soon)",
        "",
      ]
    `);
  });

  test('reads a truncated gzip log up to the cut, with a message', async () => {
    const packed = gzipSync(Array.from({ length: 2000 }, () => `${event('list', '/api/v1/pods')}\n`).join(''));
    const at = await writeFiles({ 'openapi.json': JSON.stringify(document), 'audit.log.gz': packed.subarray(0, -9) });
    const result = await ask(resolve, nowhere, '--openapi', at('openapi.json'), at('audit.log.gz'));
    expect(result.exitCode).toBe(0);
    expect(result.stdout.split('\n').length).toBeGreaterThan(1000);
    expect(result.stderr).toContain('audit.log.gz: the gzip file is truncated; it was read up to the cut');
  });

  test.each([
    ['text', 'I0501 10:00:00.000 started\nhello\n', 'no JSON: unexpected byte at 0 of the line'],
    [
      'an entry of GKE',
      `${JSON.stringify(gkeEntry)}\n`,
      "an entry of GKE's Cloud Logging (google.cloud.audit.AuditLog): it has no request URI",
    ],
    ['zipped text', gzipSync('hello\n'), 'no JSON'],
  ])('%s has no audit event: exits with 3 and prints what was expected', async (_what, log, reason) => {
    const at = await writeFiles({ 'openapi.json': JSON.stringify(document), 'audit.log': log });
    const result = await ask(resolve, nowhere, '--openapi', at('openapi.json'), at('audit.log'));
    expect(result).toMatchObject({ exitCode: 3, stdout: '' });
    expect(result.stderr).toContain('0 events');
    expect(result.stderr).toContain(`audit.log has no audit event: ${reason}`);
    expect(result.stderr).toContain('Expected are audit events of a kube-apiserver, for example {"kind":"Event"');
  });

  test('reads events in records of other programs, and counts each shape', async () => {
    const one = event('list', '/api/v1/pods');
    const log = [
      `2026-05-01T10:00:00.8Z stdout P ${one.slice(0, 50)}`,
      '2026-05-01T10:00:00.8Z stderr F I0501 started',
      `2026-05-01T10:00:00.8Z stdout F ${one.slice(50)}`,
      JSON.stringify({ timestamp: 1, message: one }),
      one + one,
    ];
    const packed = gzipSync(gzipSync(log.join('\n')));
    const at = await writeFiles({ 'openapi.json': JSON.stringify(document), 'audit.log': packed });
    const result = await ask(resolve, nowhere, '--openapi', at('openapi.json'), at('audit.log'));
    expect(result.exitCode).toBe(0);
    expect(
      result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).endpoint),
    ).toEqual(Array(4).fill('listPods'));
    expect(result.stderr).toContain('shapes: plain events 2, CRI log 1, CloudWatch events (EKS) 1\n');
    expect(result.stderr).toContain('without an event: 1 line or records (1 no JSON');
  });

  test('--explain adds an explanation and the nearest endpoints', async () => {
    const at = await writeFiles({
      'openapi.json.gz': gzipSync(JSON.stringify(document)),
      'audit.log': `${event('get', '/api/v1/podz')}\n`,
    });
    const { stdout } = await ask(resolve, nowhere, '--explain', '--openapi', at('openapi.json.gz'), at('audit.log'));
    expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
      {
        "auditID": "id",
        "endpoint": null,
        "explanation": {
          "method": "GET",
          "methodFrom": "verb",
          "path": "/api/v1/podz",
          "says": "the path is below /api or /apis and not in the document: it has no "podz" below /api/v1",
          "served": [],
          "steps": [
            {
              "met": "literal",
              "name": null,
              "segment": "api",
            },
            {
              "met": "literal",
              "name": null,
              "segment": "v1",
            },
            {
              "met": "nothing",
              "name": null,
              "segment": "podz",
            },
          ],
        },
        "nearest": [
          {
            "endpoint": "listPods",
            "method": "GET",
            "path": "/api/v1/pods",
          },
        ],
        "reason": "not in this release",
        "requestURI": "/api/v1/podz",
        "stage": "ResponseComplete",
        "verb": "get",
      }
    `);
  });

  test('reads files in order, gzipped or not, and directories', async () => {
    const at = await writeFiles({
      'openapi.json': JSON.stringify(document),
      'one.log': `${event('list', '/api/v1/pods', { auditID: 'one' })}\n`,
      'two.log.gz': gzipSync(event('list', '/api/v1/pods', { auditID: 'two' })),
      'logs/three.log': event('list', '/api/v1/pods', { auditID: 'three' }),
      'logs/four.log': event('list', '/api/v1/pods', { auditID: 'four' }),
    });
    const files = [at('two.log.gz'), at('one.log'), at('logs')];
    const { stdout } = await ask(resolve, nowhere, '--openapi', at('openapi.json'), ...files);
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).auditID);
    expect(ids).toEqual(['two', 'one', 'four', 'three']);
  });

  test('resolves with a shipped release', async () => {
    const at = await writeFiles({ 'audit.log': event('list', '/api/v1/pods') });
    const { stdout, stderr } = await ask(resolve, nowhere, '--release', 'v1.36', at('audit.log'));
    expect(JSON.parse(stdout)).toMatchObject({ endpoint: 'listCoreV1PodForAllNamespaces', reason: null });
    expect(stderr).toContain('endpoints of 1.36.0');
  });
});

describe('with a database', () => {
  let url: string;
  beforeAll(async () => {
    const database = await makeDatabase();
    url = database.url;
    await loadSmallReleases(database.pool);
    await loadClusterDocument(database.pool, { source: 'shop', version: '1.36.0', etag: null, document });
  });

  test('resolves with the baseline in use if no control plane runs', async () => {
    const at = await writeFiles({ 'audit.log': event('list', '/apis/shop.k8s.io/v1/widgets') });
    const { stdout, stderr } = await ask(resolve, url, at('audit.log'));
    expect(stderr).toContain('1.36.0, the baseline in use');
    expect(JSON.parse(stdout)).toMatchObject({ endpoint: 'listShopV1Widget' });
  });

  test("resolves with a cluster's own document", async () => {
    const at = await writeFiles({ 'audit.log': event('list', '/apis/shop.example.com/v1/namespaces/x/widgets') });
    const { stdout } = await ask(resolve, url, '--source', 'shop', at('audit.log'));
    expect(JSON.parse(stdout)).toMatchObject({ endpoint: 'listWidgets' });
  });

  test('names what is missing', async () => {
    const at = await writeFiles({ 'audit.log': '' });
    const asked = (...args: string[]) => ask(resolve, url, ...args, at('audit.log'));
    await expect(asked('--release', '1.12')).rejects.toThrow(/1\.12\.0 is not loaded/);
    await expect(asked('--source', 'market')).rejects.toThrow("no document of a cluster 'market'. It has: shop.");
    await expect(asked('--openapi', at('nothing.json'))).rejects.toThrow(/nothing\.json cannot be read/);
    await expect(asked('--openapi', at('audit.log'))).rejects.toThrow(/audit\.log is not JSON/);
    await expect(asked(at('nothing.log'))).rejects.toThrow(/nothing\.log cannot be read/);
  });

  test('conflicting flags and an invalid release are wrong use', async () => {
    const twice = ask(resolve, url, '--release', '1.36', '--openapi', 'x.json');
    await expect(twice).rejects.toMatchObject({ exitCode: 2, message: '--release cannot be used with --openapi.' });
    await expect(ask(resolve, url, '--release', 'newest')).rejects.toMatchObject({ code: 'bad_release' });
  });
});

test('--help explains every reason', async () => {
  const { stdout: help } = await ask(resolve, nowhere, '--help');
  for (const [reason, meaning] of Object.entries(unresolvedReasons)) {
    expect(help).toContain(reason);
    expect(help.replaceAll(/\s+/g, ' ')).toContain(meaning.split(',')[0]);
  }
});

test.each(auditLogs)('prints a line for every event: $name', async ({ lines: log, events, resolved }) => {
  const at = await writeFiles({ 'audit.log': log.join('\n') });
  const { stdout } = await ask(resolve, nowhere, '--release', '1.36', '--explain', at('audit.log'));
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // A line without an event has none.
  expect(lines).toHaveLength(events - log.filter((line) => line === '{"kind": 0}').length);
  expect(lines.filter(({ endpoint }) => endpoint !== null)).toHaveLength(resolved);
  for (const { endpoint, reason } of lines) {
    if (endpoint === null) expect(Object.keys(unresolvedReasons)).toContain(reason);
    else expect(reason).toBeNull();
  }
});
