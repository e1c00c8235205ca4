import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShippedOperations, type ReleaseDocument } from '@snoop/snoopdb';
import { expect, onTestFinished, test } from 'vitest';
import { findHiddenEndpoints } from '../../src/audit-run/hidden-endpoints.ts';

const operations = (await readShippedOperations('1.36.0')) ?? [];
const document: ReleaseDocument = {
  ...{ release: '1.36.0', spec: null, endpoints: [], tests: new Map() },
  operations: operations.map((one) => ({ ...one, category: '', group: null, version: null, kind: null })),
};
const { signal } = new AbortController();

interface Request {
  readonly agent?: string;
  readonly path: string;
  readonly stage?: string;
  /** Minutes after the beginning. */
  readonly minute?: number;
}

function writeEvents(requests: readonly Request[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'hidden-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'events.jsonl');
  const lines = requests.map(({ agent = 'e2e.test/v1 -- a', path, stage = 'ResponseComplete', minute = 0 }, number) => {
    const time = new Date(Date.UTC(2026, 10, 30, 10, minute)).toISOString().replace('Z', '000Z');
    return JSON.stringify({
      ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: `a${number}`, stage },
      ...{ requestURI: path, verb: 'list', userAgent: agent },
      ...(stage === 'RequestReceived' ? {} : { responseStatus: { code: 200 } }),
      ...{ requestReceivedTimestamp: time, stageTimestamp: time },
    });
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const manager = 'kube-controller-manager/v1.36.0 (linux/amd64) kubernetes/abc/metadata-informers';
const find = (requests: readonly Request[]) => findHiddenEndpoints(writeEvents(requests), document, null, signal);

test('a known policy decides alone', async () => {
  const policy = { hidden: [{ endpoint: 'a', reason: 'b' }], partly: [] };
  expect(await findHiddenEndpoints(null, document, policy, signal)).toEqual({
    isPolicyKnown: true,
    doubts: [],
    ...policy,
  });
});

test('of an unknown policy nothing is claimed without events', async () => {
  const none = { isPolicyKnown: false, doubts: [], hidden: [], partly: [] };
  expect(await findHiddenEndpoints(null, document, null, signal)).toEqual(none);
  expect(await find([{ path: '/api/v1/pods' }, { agent: manager, path: '/api/v1/nodes', minute: 9 }])).toEqual(none);
});

test('requests without a response are of hidden endpoints', async () => {
  const { hidden, doubts } = await find([
    { path: '/api/v1/pods', stage: 'RequestReceived' },
    { path: '/api/v1/nodes' },
  ]);
  expect(hidden).toEqual([
    { endpoint: 'listCoreV1PodForAllNamespaces', reason: 'its requests have only the stage RequestReceived' },
  ]);
  expect(doubts).toEqual([
    '1 of 1 requests (100 %) have only the stage RequestReceived, so it is unknown whether they succeeded.',
  ]);
});

test('in a long run, resources that kube-controller-manager does not watch are hidden', async () => {
  const seen = operations.filter(
    ({ action, path }) => action === 'list' && !path.includes('{') && !/secrets/.test(path),
  );
  const { hidden, doubts } = await find([
    ...seen.map(({ path }) => ({ agent: manager, path })),
    { path: '/api/v1/nodes', minute: 11 },
  ]);
  expect(new Set(hidden.map(({ endpoint }) => /Secret/.test(endpoint)))).toEqual(new Set([true]));
  expect(doubts.join()).toContain('No event of any client is about secrets');
});
