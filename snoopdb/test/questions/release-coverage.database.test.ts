import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findInputs, loadAuditLog, useNearestBaseline } from '../../src/index.ts';
import { writeEvent } from '../support/audit-events.ts';
import { createTestRandom } from '../support/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'snoop-release-coverage-'));
  await useNearestBaseline(database.pool, '1.36.0');
  // The coverage is to come from the events alone.
  await database.pool.query('delete from public.endpoint_hit');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

async function ask(sql: string): Promise<unknown[][]> {
  const found = await database.pool.query<unknown[]>({ text: sql, rowMode: 'array' });
  return found.rows;
}

async function load(name: string, lines: readonly string[]): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  for (const input of await findInputs(file, { cwd: folder, stdin: process.stdin })) {
    await loadAuditLog(database.pool, input, { release: '1.36.0' });
  }
}

const agents = [
  'e2e.test/v1.36.0 (linux/amd64) -- [sig-node] Pods should run [Conformance]',
  'e2e.test/v1.36.0 (linux/amd64) -- [sig-node] Pods  with  blanks -- and dashes',
  'e2e.test/v1.36.0 (linux/amd64) -- pods.go:12 -- [sig-node] Pods of old [Conformance]',
  'e2e.test/v1.36.0 (linux/amd64)',
  'live-test-writing -- [Conformance]',
  'kubectl/v1.36.0 -- [Conformance]',
  'notane2e.test/v1 -- x [Conformance]',
];

/** Only from events, including rejected ones, and of our own columns only the endpoint. */
const reference = `
  with event as (
    select useragent, endpoint, stage, data ->> 'requestURI' as uri, (data #>> '{responseStatus,code}')::int as code
      from public.audit_event where release = '1.36.0'
    union all
    select useragent, endpoint, stage, request_uri, code from public.rejected_event
  ), hit as (
    select endpoint, useragent like '% -- %[Conformance]%' as conformance,
           nullif(regexp_replace(case when strpos(useragent, ' -- ') > 0 then substr(useragent, strpos(useragent, ' -- ') + 4) else '' end, '^\\S+\\.go:\\d+ -- ', ''), '') as test
      from event
     where useragent ~ '^e2e\\.test(/| |$)' and stage <> 'RequestReceived' and (code / 100 = 2 or code = 101) and uri not like '%dryRun%'
  )
  select api.endpoint, count(hit.endpoint) > 0, coalesce(bool_or(hit.conformance), false),
         coalesce(array_agg(distinct hit.test collate "C" order by hit.test collate "C") filter (where hit.test is not null), '{}')
    from public.open_api as api left join hit using (endpoint)
   where api.release = '1.36.0' and not api.deprecated
   group by api.endpoint order by api.endpoint`;

describe('on random events', () => {
  test('endpoint_coverage agrees with a slow query of the events', async () => {
    const random = createTestRandom();
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const operations = await database.pool.query<{ path: string; method: string }>(
      `select path, method from public.open_api where method in ('GET', 'POST', 'DELETE') and endpoint !~ 'Proxy' order by md5(endpoint) limit 120`,
    );
    const verbs: Record<string, string> = { GET: 'get', POST: 'create', DELETE: 'delete' };
    for (let file = 0; file < 4; file += 1) {
      const lines = Array.from({ length: 500 }, () => {
        const { path, method } = pick(operations.rows);
        const requestURI = path.replace(/\{[^}]+\}/g, 'x') + pick(['', '?limit=1', '?dryRun=All', '/']);
        const event = writeEvent({
          auditID: `id ${Math.floor(random() * 900)}`,
          verb: verbs[method] ?? '',
          requestURI: requestURI.replace('//', '/'),
          stage: pick(['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'ResponseComplete']),
          userAgent: pick(agents),
          code: pick([200, 201, 101, 404, 409, 500]),
          x: 1,
        });
        return random() < 0.05 ? event.replace('"x":1', '"x":"\\u0000"') : event;
      });
      await load(`${file}.jsonl`, lines);
      // The same file a second time, and a part of it under another name, change nothing.
      await load(`${file}.jsonl`, lines);
      await load(`${file}-again.jsonl`, lines.slice(100, 200));
    }
    const views = await ask(
      `select endpoint, tested, conf_tested, tests from public.endpoint_coverage where release = '1.36.0' order by endpoint`,
    );
    expect(views).toEqual(await ask(reference));
    expect(views.filter(([, tested]) => tested === true).length).toBeGreaterThan(50);
    expect(await ask('select distinct test from public.audit_event_test order by test')).toEqual([
      ['[sig-node] Pods  with  blanks -- and dashes'],
      ['[sig-node] Pods of old [Conformance]'],
      ['[sig-node] Pods should run [Conformance]'],
    ]);
  });
});
