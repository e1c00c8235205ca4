import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askRecorded,
  askRunCoverage,
  createEventWriter,
  grantWorkbenchRole,
  loadClusterDocument,
  openPool,
  type Pool,
  readClusterDocument,
  resetLive,
  type RunRecord,
  saveRun,
  settleRun,
  useNearestBaseline,
  workbenchRole,
} from '../../src/index.ts';
import { checkWorkbenchRole } from '../../src/postgres/workbench-role.ts';
import { relationRights, ownerFunctions } from '../../src/rights/relation-rights.ts';
import { writeBody, writeEvent } from '../support/audit-events.ts';
import { source } from '../support/live-table.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';
import { smallDocument } from '../support/small-document.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
/** The same in every test file: roles are of the server, which all files share and which is thrown away after them. */
const password = 'se:cr/et';
/** Of the server: SnoopDB's own role may make no roles. */
let superuser: Pool;
let workbench: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  await useNearestBaseline(database.pool, '1.36.3');
  const address = new URL(database.url);
  if (address.username === 'apisnoop') address.username = 'postgres';
  superuser = openPool(address.href, { max: 2 });
  await grantWorkbenchRole(superuser, password);
  address.username = workbenchRole;
  address.password = password;
  workbench = openPool(address.href, { max: 2 });
});
afterAll(async () => {
  await workbench.end();
  await superuser.end();
  await database.drop();
});

function describeRun(id: string, fields: Partial<RunRecord> = {}): RunRecord {
  const at = new Date();
  const step = { step: 1, try: 1, name: 'a step', state: 'passed', startedAt: at, endedAt: at } as const;
  const test = { test: 1, name: 'a test', file: 'a', state: 'passed', tries: 1, error: null } as const;
  return createRun({
    id,
    sources: [source],
    tests: [{ ...test, startedAt: at, endedAt: at, steps: [step] }],
    requests: [createRunRequest({ auditId: `${id}.1.1`, path: '/api/v1/pods' })],
    errors: [{ file: null, line: null, message: 'an error' }],
    ...fields,
  });
}

test('the list has every relation, and the role has exactly its rights', async () => {
  expect(await grantWorkbenchRole(superuser, password)).toEqual({ isNew: false });
  const { rows } = await superuser.query<{ relation: string; rights: string[] }>(
    `select namespace.nspname || '.' || class.relname as relation,
            array(select word from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) with ordinality as asked (word, place)
                   where case when class.relkind = 'S'
                              then word in ('select', 'update') and has_sequence_privilege($1, class.oid, word)
                              else has_table_privilege($1, class.oid, word)
                                   or (word in ('select', 'insert', 'update', 'references') and has_any_column_privilege($1, class.oid, word)) end
                   order by place) as rights
       from pg_class as class join pg_namespace as namespace on namespace.oid = class.relnamespace
      where namespace.nspname in ('public', 'conformance', 'testing') and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and not class.relispartition and class.relname !~ '^(held_event|audit_event)_[0-9]+$'`,
    [workbenchRole],
  );
  const found = Object.fromEntries(rows.map(({ relation, rights }) => [relation, rights]));
  expect(found).toEqual(relationRights);
});

test('the role adds and settles runs, and reads their reports', async () => {
  const writer = createEventWriter(database.pool, { source });
  await writer.write(writeBody([writeEvent({ auditID: 'mine.1.1', requestURI: '/api/v1/pods' })]));
  await writer.close();
  await loadClusterDocument(workbench, { source, version: 'v1.36.3', etag: null, document: smallDocument });
  expect(await saveRun(workbench, describeRun('mine', { state: 'running' }))).toBe(true);
  expect(await saveRun(workbench, describeRun('mine'))).toBe(true);
  expect(await askRecorded(workbench, 'mine', ['mine.1.1'])).toEqual(new Set(['mine.1.1']));
  await settleRun(workbench, 'mine');
  expect(await saveRun(workbench, describeRun('mine', { author: 'eve' }))).toBe(true);
  const { run, evidence } = await askRunCoverage(workbench, 'mine');
  expect(run.author).toBe(null);
  expect(evidence).toMatchObject({ sent: 1, recorded: 1 });
});

test('the role cannot change events, hits or releases, nor remove runs', async () => {
  await saveRun(workbench, describeRun('open'));
  for (const [statement, code] of [
    [
      `insert into testing.run_evidence (run, audit_id, stage, source, is_dry_run, is_hit, decides, seen_at) values ('open', 'open.1.1', 'Panic', 'a', false, true, true, now())`,
      '42501',
    ],
    [`update testing.run_evidence set is_hit = true`, '42501'],
    [`delete from testing.run_other_event`, '42501'],
    [`update testing.run set settled_at = now() where id = 'open'`, '42501'],
    [`update testing.run set author = 'eve' where id = 'mine'`, '0A000'],
    [`update testing.run_request set status = 404 where run = 'mine'`, '0A000'],
    [`insert into testing.run_error (run, error, message) values ('mine', 9, 'x')`, '0A000'],
    [`delete from testing.run`, '42501'],
    [`delete from testing.run_request`, '42501'],
    [
      `insert into testing.held_event (test_hit, conf_test_hit, data, source, is_dry_run, is_hit, document_revision) values (false, false, '{}', 'a', false, true, 0)`,
      '42501',
    ],
    [`delete from testing.held_event_0`, '42501'],
    [`update testing.held_event set code = 200`, '42501'],
    [`delete from testing.audit_event`, '42501'],
    [`delete from testing.held_rejection`, '42501'],
    [
      `insert into testing.endpoint_hit (source, endpoint, useragent, test_hit, conf_test_hit, first_seen_at) values ('a', 'b', 'c', true, true, now())`,
      '42501',
    ],
    [`delete from testing.body_ledger`, '42501'],
    [`update public.baseline set release = '1.0.0'`, '42501'],
    [`delete from public.open_api`, '42501'],
    [`select nextval('testing.held_event_id')`, '42501'],
    [`alter table testing.run disable trigger refuse_settled_change`, '42501'],
    [`create or replace function testing.settle_run(run text) returns boolean language sql as 'select true'`, '42501'],
  ] as const) {
    await expect(workbench.query(statement), statement).rejects.toMatchObject({ code });
  }
  await expect(resetLive(workbench, { run: 'mine' })).rejects.toMatchObject({ code: '42501' });
  await expect(grantWorkbenchRole(workbench, null)).rejects.toMatchObject({ code: 'not_allowed' });
});

test('lists the functions with the rights of their owner, which change no event of another run', async () => {
  const { rows } = await superuser.query<{ name: string; open: boolean; granted: boolean }>(
    `select oid::regprocedure::text as name, has_function_privilege('public', oid, 'execute') as open,
            has_function_privilege($1, oid, 'execute') as granted
       from pg_proc where prosecdef and pronamespace in ('public'::regnamespace, 'conformance'::regnamespace, 'testing'::regnamespace)
      order by 1`,
    [workbenchRole],
  );
  expect(rows).toEqual(ownerFunctions.map((name) => ({ name, open: false, granted: true })));

  const [mine] = describeRun('mine').requests;
  if (!mine) throw new Error('The run has a request.');
  const look = 'select endpoint, is_hit, data from testing.audit_event where audit_id = $1';
  const before = await database.pool.query(look, [mine.auditId]);
  expect(before.rows).toMatchObject([{ is_hit: true }]);
  for (const id of ['thief', 'mine.1']) {
    await expect(
      saveRun(workbench, describeRun(id, { requests: [{ ...mine, method: 'HEAD' }] })),
    ).rejects.toMatchObject({
      code: '23514',
    });
  }
  await saveRun(workbench, describeRun('thief'));
  for (const set of ["audit_id = 'mine.1.1'", "run = 'open'"]) {
    const statement = `update testing.run_request set ${set} where run = 'thief'`;
    await expect(workbench.query(statement), statement).rejects.toMatchObject({ code: '23514' });
  }
  await settleRun(workbench, 'thief');
  expect(await askRunCoverage(workbench, 'thief')).toMatchObject({ evidence: { sent: 1, recorded: 0 } });
  expect((await database.pool.query(look, [mine.auditId])).rows).toEqual(before.rows);
  const own = describeRun('head').requests.map((request) => ({ ...request, method: 'HEAD' }));
  expect(await saveRun(workbench, describeRun('head', { requests: own }))).toBe(true);
});

test('the role cannot give an endpoint of a cluster the name of another endpoint', async () => {
  const path = '/apis/eggs.example.com/v1/eggs';
  const paths = { [path]: { get: { operationId: 'listEgg' } } };
  await loadClusterDocument(workbench, { source: 'label', version: 'v1.36.3', etag: null, document: { paths } });
  const pods = 'listCoreV1PodForAllNamespaces';
  const add = (endpoint: string, method: string, path: string): string =>
    `insert into testing.cluster_endpoint (source, endpoint, method, path, level, category, deprecated)
     values ('label', '${endpoint}', '${method}', '${path}', 'stable', 'core', false)`;
  for (const [statement, code] of [
    // The baseline's names, for a path or a method that is not the baseline's.
    [add(pods, 'GET', '/apis/eggs.example.com/v1/other'), '23514'],
    [add(pods, 'HEAD', '/api/v1/pods'), '23514'],
    [add(pods, 'GET', '/api/v1/pods/{path}'), '23514'],
    [add('readCoreV1NamespacedPod', 'GET', '/api/v1/namespaces/{namespace}/pods'), '23514'],
    // The baseline's endpoint under a name that could be given to others later.
    [add('listMine', 'GET', '/api/v1/pods'), '23514'],
    [add('listMine', 'GET', '/api/v1/namespaces/{another}/pods/'), '23514'],
    // The name of another one of the cluster's endpoints, and what reads as one.
    [add('listEgg', 'GET', '/apis/eggs.example.com/v1/other'), '23514'],
    [add('GET /api/v1/pods', 'GET', '/apis/eggs.example.com/v1/other'), '23514'],
    // Later.
    [`update testing.cluster_endpoint set endpoint = '${pods}' where source = 'label'`, '42501'],
    [`update testing.cluster_endpoint set path = '/api/v1/pods' where source = 'label'`, '42501'],
    [`update testing.cluster_endpoint set method = 'POST' where source = 'label'`, '42501'],
    [`update testing.cluster_endpoint set source = '${source}' where source = 'label'`, '42501'],
    [`delete from testing.cluster_endpoint where source = 'label'`, '42501'],
    ['drop trigger refuse_false_labels on testing.cluster_endpoint', '42501'],
  ] as const) {
    await expect(workbench.query(statement), statement).rejects.toMatchObject({ code });
  }
  // With other names of parameters, and with slashes at its ends, it is the same endpoint.
  await workbench.query(add('readCoreV1NamespacedPod', 'GET', '/api/v1/namespaces/{a}/pods/{b}/'));
  await workbench.query(add('GET /apis/eggs.example.com/v1/more/{a}', 'GET', '/apis/eggs.example.com/v1/more/{b}'));
  const { rows } = await workbench.query(
    "select endpoint, path from testing.cluster_endpoint where source = 'label' order by path",
  );
  expect(rows).toEqual([
    { endpoint: 'readCoreV1NamespacedPod', path: '/api/v1/namespaces/{a}/pods/{b}/' },
    { endpoint: 'listEgg', path },
    { endpoint: 'GET /apis/eggs.example.com/v1/more/{a}', path: '/apis/eggs.example.com/v1/more/{b}' },
  ]);
});

test('refuses a document that would rename stored events; the owner can load it', async () => {
  const [one, other] = ['/apis/a-b.example.com/v1/eggs', '/apis/ab.example.com/v1/eggs'];
  const egg = { get: { operationId: 'listEgg' } };
  const describe = (paths: object) => ({ source: 'eggs', version: 'v1.36.3', etag: null, document: { paths } });
  const look = async (): Promise<unknown[]> =>
    (await workbench.query("select endpoint from testing.audit_event where audit_id = 'egg.1.1'")).rows;
  // A workbench may load it, as long as no name changes.
  await loadClusterDocument(workbench, describe({ [one]: egg }));
  const writer = createEventWriter(database.pool, { source: 'eggs' });
  await writer.write(writeBody([writeEvent({ auditID: 'egg.1.1', requestURI: one })]));
  await writer.close();
  await expect(loadClusterDocument(workbench, describe({ [one]: egg, [other]: egg }))).rejects.toMatchObject({
    code: 'not_allowed',
    message:
      `The OpenAPI document of eggs renames endpoints of stored events (listEgg to GET ${one}), so the former document stays in use. ` +
      "This role may not rename them. Run as the owner of SnoopDB's schemas: snoop load openapi --cluster --source eggs --database-url URL",
  });
  expect(await look()).toEqual([{ endpoint: 'listEgg' }]);
  expect(await readClusterDocument(workbench, 'eggs')).toMatchObject({ revision: 1, endpoints: 1 });
  await loadClusterDocument(database.pool, describe({ [one]: egg, [other]: egg }));
  expect(await look()).toEqual([{ endpoint: `GET ${one}` }]);
  // And from then on it is the workbench's to load again.
  await loadClusterDocument(workbench, describe({ [one]: egg, [other]: egg }));
});

test('sends no statement with the password, and refuses an invalid one', async () => {
  await expect(grantWorkbenchRole(superuser, 'pass wörd')).rejects.toMatchObject({ code: 'bad_password' });
  expect((await workbench.query('select current_user')).rows).toEqual([{ current_user: workbenchRole }]);
});

test('refuses a role with more rights', async () => {
  const client = await superuser.connect();
  try {
    await client.query(`begin; alter role ${workbenchRole} superuser`);
    await expect(checkWorkbenchRole(client)).rejects.toThrow('it could change evidence');
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('prints the statement for an administrator if the role may not create roles', async () => {
  const owner = new URL(database.url);
  const may = await database.pool.query(
    'select from pg_roles where rolname = current_user and (rolsuper or rolcreaterole)',
  );
  if (owner.username !== 'apisnoop' || may.rowCount !== 0) return;
  await expect(grantWorkbenchRole(database.pool, 'x')).rejects.toThrow(`create role ${workbenchRole} login`);
  expect(await grantWorkbenchRole(database.pool, null)).toEqual({ isNew: false });
});
