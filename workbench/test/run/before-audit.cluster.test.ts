import { askRunCoverage } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { findShared, openSharedPool } from '../support/control-plane.ts';
import { runLive } from '../support/live-run.ts';

const source = `
import { liveTest } from '@snoop/workbench';
import { expect } from 'vitest';
liveTest('what no handler sees', async ({ cluster }) => {
  const ask = async (request) => (await cluster.request(request)).status;
  expect(await ask({ path: '/version' })).toBe(200);
  expect(await ask({ path: '/%zz' })).toBe(400);
  expect(await ask({ path: 'version' })).toBe(400);
  expect(await ask({ method: 'OPTIONS', path: '*' })).toBe(200);
  expect(await ask({ path: '/version', headers: { 'X-Long': 'x'.repeat(1100000) } })).toBe(431);
  expect(await ask({ method: 'POST', path: '/version', headers: { 'Transfer-Encoding': 'gzip, chunked' } })).toBe(501);
  // These are refused after the audit layer.
  expect(await ask({ path: '/apis/none.example.com/v1/things' })).toBe(404);
  expect(await ask({ path: '/nothing' })).toBe(404);
  expect(await ask({ method: 'OPTIONS', path: '/api/v1/nodes' })).toBe(405);
  expect(await ask({ path: '/api/v1/pods', headers: { Accept: 'application/yaml;as=Nothing' } })).toBe(406);
});
`;

test('lists requests that the HTTP server answers itself, and does not wait for them', async () => {
  const controlPlane = await findShared();
  const pool = openSharedPool(controlPlane);
  try {
    const database = { pool, key: 'shared', release: async () => {} };
    const run = await runLive(controlPlane, database, { 'a.live.ts': source });
    expect(run.printed).not.toContain('AssertionError');
    expect(run).toMatchObject({ state: 'passed', evidence: { end: 'complete', missing: [], recorded: 5 } });
    const { evidence } = await askRunCoverage(pool, run.runId);
    expect(evidence).toMatchObject({ sent: 10, recorded: 5, missing: [], noAnswer: [], others: [] });
    expect(evidence.beforeAudit.map(({ method, path, code }) => `${method} ${path} ${code}`)).toEqual([
      'GET /%zz 400',
      'GET version 400',
      'OPTIONS * 200',
      'GET /version 431',
      'POST /version 501',
    ]);
  } finally {
    await pool.end();
  }
});
