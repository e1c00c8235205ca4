import { createEventWriter, loadClusterDocument, resolveAgain, saveRun, useNearestBaseline } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import { awaitResolution } from '../../src/run/await-resolution.ts';
import { deliver, makeDatabase } from '../support/database.ts';

const source = 'own';
const path = '/apis/example.com/v1/eggs';
const never = new AbortController().signal;
let pool: Pool;

beforeAll(async () => {
  ({ pool } = await makeDatabase());
  await useNearestBaseline(pool, '1.36.3');
});

async function saveRequest(run: string, method: string, requestPath: string): Promise<void> {
  const at = new Date();
  await saveRun(pool, {
    ...{ id: run, author: null, agent: 'live-test-writing', sources: [source], clusterVersion: '1.36.3' },
    ...{ clusterServer: null, startedAt: at, endedAt: at, state: 'passed', errors: [] },
    tests: [
      {
        ...{ test: 1, name: 'eggs', file: 'a', state: 'passed', tries: 1, error: null, startedAt: at, endedAt: at },
        steps: [],
      },
    ],
    requests: [
      {
        ...{
          auditId: `${run}.1.1`,
          test: 1,
          try: 1,
          step: null,
          isDryRun: false,
          method,
          path: requestPath,
          sentAt: at,
        },
        ...{ status: 200, outcome: 'answered', error: null, answeredAt: at, closedAt: at },
      },
    ],
  });
}

test("waits for a run's own requests that the newer document may resolve, up to the limit", async () => {
  const writer = createEventWriter(pool, { source });
  await writer.write(deliver(['eggs.1.1'], 'ResponseComplete', path));
  await writer.write(deliver(['head.1.1'], 'ResponseComplete', path));
  await writer.write(deliver(['version.1.1']));
  await writer.close();
  await saveRequest('eggs', 'GET', path);
  await saveRequest('head', 'HEAD', path);
  await saveRequest('version', 'GET', '/version');
  // Without a document, nothing can resolve.
  expect(await awaitResolution(pool, 'eggs', never, 0)).toBe(true);

  const document = { paths: { [path]: { get: { operationId: 'listExampleComV1Egg' } } } };
  await loadClusterDocument(pool, { source, version: 'v1.36.3', etag: null, document });
  expect(await awaitResolution(pool, 'eggs', never, 0)).toBe(false);
  expect(await awaitResolution(pool, 'eggs', AbortSignal.abort())).toBe(false);
  // Requests that no document resolves do not wait.
  expect(await awaitResolution(pool, 'head', never, 0)).toBe(true);
  expect(await awaitResolution(pool, 'version', never, 0)).toBe(true);

  const [resolved] = await Promise.all([awaitResolution(pool, 'eggs', never, 60_000), resolveAgain(pool, source)]);
  expect(resolved).toBe(true);
  const { rows } = await pool.query("select endpoint from testing.audit_event where audit_id = 'eggs.1.1'");
  expect(rows).toEqual([{ endpoint: 'listExampleComV1Egg' }]);
});
