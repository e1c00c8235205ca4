import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkDatabase,
  createEventWriter,
  defaultLiveBounds,
  findInputs,
  createEventFollower,
  runLiveTableUpkeep,
  loadAuditLog,
  migrate,
  openPool,
  resetLive,
  schemaVersion,
  useNearestBaseline,
} from '../../src/index.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { findInstalledPostgres, startInstalledPostgres } from '../support/other-postgres.ts';

const installed = await findInstalledPostgres();

describe.skipIf(installed.length === 0)(
  `on other versions of PostgreSQL${installed.length === 0 ? ' (none is installed: only the embedded one is tried)' : ''}`,
  () => {
    test.each(installed)('PostgreSQL $major supports the schema and all its uses', async (postgres) => {
      const server = await startInstalledPostgres(postgres);
      const pool = openPool(server.url);
      const folder = await mkdtemp(join(tmpdir(), 'snoop-versions-'));
      try {
        const version = await pool.query<{ major: number }>(
          `select current_setting('server_version_num')::integer / 10000 as major`,
        );
        expect(version.rows[0]?.major).toBe(postgres.major);
        expect(await migrate(pool)).toEqual({ from: 0, to: schemaVersion });
        expect((await useNearestBaseline(pool, '1.36.0')).tested).toBe(591);

        const follower = createEventFollower();
        await follower.read(pool);
        const writer = createEventWriter(pool, { source: 'a cluster' });
        const hpa = '/apis/autoscaling/v2/horizontalpodautoscalers';
        const body = writeBody([
          writeEvent({ requestURI: hpa }),
          writeEvent({ requestURI: hpa, x: '\u0000' }),
          writeEvent({ userAgent: 'kubectl/v1.36.0' }),
        ]);
        expect(await writer.write(body)).toMatchObject({ stored: 2, rejected: 1, repeated: false });
        expect(await writer.write(body)).toMatchObject({ stored: 0, repeated: true });
        expect((await follower.read(pool)).events).toHaveLength(2);
        const change = 'select change_in_number::integer as change from testing.projected_change_in_coverage';
        expect((await pool.query(change)).rows).toEqual([{ change: 1 }]);
        expect((await pool.query('select hit_by_new_test from testing.endpoint_hit_by_new_test')).rows).toEqual([
          { hit_by_new_test: '2' },
        ]);

        const file = join(folder, 'run.jsonl');
        const agent = 'e2e.test/v1 -- a test [Conformance]';
        await writeFile(file, [writeEvent({ userAgent: agent }), 'no event', writeEvent({ verb: '?' })].join('\n'));
        for (const input of await findInputs(file, { cwd: folder, stdin: process.stdin })) {
          expect(await loadAuditLog(pool, input, { release: '1.36.0' })).toMatchObject({
            read: 3,
            stored: 2,
            rejected: 1,
          });
        }

        await runLiveTableUpkeep(pool, defaultLiveBounds);
        expect(await checkDatabase(pool)).toMatchObject({ differences: [] });
        await resetLive(pool, { all: true });
        expect((await pool.query(change)).rows).toEqual([{ change: 0 }]);
        for (const view of [
          'conformance.progress',
          'conformance.coverage_per_release',
          'conformance.eligible_endpoint_coverage',
          'conformance.new_endpoint',
          'public.audit_event_test',
          'testing.untested_stable_endpoint',
        ]) {
          expect([view, ((await pool.query(`select from ${view}`)).rowCount ?? 0) > 0]).toEqual([view, true]);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
        await pool.end();
        await server.stop();
      }
    });
  },
);
