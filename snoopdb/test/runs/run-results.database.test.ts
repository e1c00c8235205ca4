import { describe, expect, test } from 'vitest';
import {
  askRunCoverage,
  checkDatabase,
  compareRuns,
  computeDigest,
  computeDocumentCoverage,
  exportRun,
  findRun,
  importRun,
  listRuns,
  removeRun,
  resetLive,
  type RunDocument,
  type RunRecord,
  type RunRequest,
  saveRun,
  saveRunBodies,
  settleRun,
  useBaseline,
  useNearestBaseline,
} from '../../src/index.ts';
import { type EventFields, writeBody, writeEvent } from '../support/audit-events.ts';
import { useImportDatabase, useRunDatabase } from '../support/run-database.ts';
import { createRun, createRunRequest } from '../support/run-record.ts';

const source = 'a cluster';
const namespace = 'live-autoscaler-abcdef';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const hpa = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
const id = '20261121-030501-aaaaaa';
const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 3, 5, second)).toISOString();

const database = useRunDatabase(source);
const other = useImportDatabase();

const request = (number: number, fields: Partial<RunRequest> = {}, run = id): RunRequest =>
  createRunRequest({ auditId: `${run}.1.${number}`, path: hpa, ...fields });

function run(requests: RunRequest[], fields: Partial<RunRecord> = {}): RunRecord {
  const one = { test: 1, name: 'autoscaler', file: 'hpa.live.ts', state: 'passed', tries: 1, error: null } as const;
  const tests = [
    { ...one, namespace, ownsNamespace: true, startedAt: null, endedAt: null, output: 'listed 1\n', steps: [] },
  ];
  return createRun({ id, sources: [source], clusterServer: 'https://127.0.0.1:6443', tests, requests, ...fields });
}

async function send(...events: EventFields[]): Promise<void> {
  await database.writer.write(writeBody(events.map((event) => writeEvent(event))), { source });
}

const own = (number: number, second: number, fields: EventFields = {}): EventFields => ({
  ...{ auditID: `${id}.1.${number}`, requestURI: hpa, requestReceivedTimestamp: at(second) },
  ...fields,
});

/** Three requests: a list, a create, and a pod that was not found. */
async function runSome(fields: Partial<RunRecord> = {}): Promise<void> {
  const requests = [
    request(1),
    request(2, { method: 'POST', status: 201 }),
    request(3, { path: `${pods}/x`, status: 404 }),
    request(4, { method: 'DELETE', path: `${hpa}/x`, isDryRun: true }),
  ];
  await saveRun(database.pool, run(requests, fields));
  await send(
    own(1, 1),
    own(2, 2, { verb: 'create', code: 201 }),
    own(3, 4, { verb: 'get', requestURI: `${pods}/x`, code: 404 }),
    own(4, 5, { verb: 'delete', requestURI: `${hpa}/x` }),
  );
}

async function readEndpoints(pool = database.pool) {
  const found = await pool.query<Record<string, unknown>>(
    `select sent_by || ': ' || endpoint as endpoint, hit_by_ete, hit_by_conformance, hit_by_new_test::integer as hits
       from testing.run_endpoint where run = $1 order by sent_by, endpoint`,
    [id],
  );
  return found.rows.map((row) => Object.values(row).join(' '));
}

describe('the result of a settled run', () => {
  test('is what its report said before it was settled, and has the columns of the views over all live tests', async () => {
    await runSome();
    const before = await askRunCoverage(database.pool, id);
    expect(await readEndpoints()).toEqual([]);
    await settleRun(database.pool, id);
    expect(await askRunCoverage(database.pool, id)).toEqual(before);
    expect(await readEndpoints()).toMatchInlineSnapshot(`
      [
        "test: createAutoscalingV2NamespacedHorizontalPodAutoscaler false false 1",
        "test: deleteAutoscalingV2NamespacedHorizontalPodAutoscaler false false 0",
        "test: listAutoscalingV2NamespacedHorizontalPodAutoscaler false false 1",
        "test: readCoreV1NamespacedPod true true 0",
      ]
    `);
    const change = await database.pool.query(
      'select * from testing.run_change_in_coverage where run = $1 order by category',
      [id],
    );
    expect(
      change.rows.map((row: Record<string, unknown>) => Object.values(row).slice(1).join(' ')),
    ).toMatchInlineSnapshot(`
      [
        "alpha 84 1 1 0 0 0 0",
        "beta 160 0 0 0 0 0 0",
        "eligible 563 563 563 0 563 563 0",
        "stable 664 590 592 2 574 574 0",
        "test_coverage 908 591 593 2 574 574 0",
      ]
    `);
    for (const { of, before: old, after, conformance } of before.change) {
      expect(change.rows).toContainEqual(
        expect.objectContaining({
          ...{ category: of, old_coverage: String(old), new_coverage: String(after) },
          new_conformance_coverage: String(conformance.after),
        }),
      );
    }
    const live = await database.pool.query('select * from testing.projected_change_in_coverage');
    const {
      run: _run,
      old_conformance_coverage: _old,
      new_conformance_coverage: _new,
      ...all
    } = change.rows.find((row: { category: string }) => row.category === 'test_coverage');
    const { unknown: _unknown, ...projected } = live.rows[0];
    expect({ ...all, conformance_change_in_number: undefined }).toEqual({
      ...projected,
      // The live view does not know that the DELETE was a dry run.
      ...{ new_coverage: all.new_coverage, change_in_number: all.change_in_number },
    });
  });

  test('stays the same when another baseline is chosen, and late evidence is compared with the old one', async () => {
    await saveRun(database.pool, run([request(1), request(2, { method: 'POST', status: 201 })]));
    await send(own(1, 1));
    await settleRun(database.pool, id);
    const settled = await askRunCoverage(database.pool, id);
    await useNearestBaseline(database.pool, '1.35.0');
    expect(await askRunCoverage(database.pool, id)).toEqual(settled);
    await send(own(2, 2, { verb: 'create', code: 201 }));
    await settleRun(database.pool, id);
    const late = await askRunCoverage(database.pool, id);
    expect(late.baseline.release).toBe('1.36.0');
    expect(late.change.find(({ of }) => of === 'stable')).toMatchObject({ before: 590, difference: 2 });
    await useBaseline(database.pool, '1.36.0');
  });

  test('is removed with its run', async () => {
    await runSome({ files: [{ file: 'hpa.live.ts', content: 'test();', omitted: null }] });
    await settleRun(database.pool, id);
    await removeRun(database.pool, id);
    for (const table of [
      'run',
      'run_endpoint',
      'run_coverage_before',
      'run_baseline',
      'run_file',
      'source_file',
      'held_event',
    ]) {
      expect((await database.pool.query(`select from testing.${table}`)).rowCount, table).toBe(0);
    }
  });
});

describe('what others do in the namespace of a test', () => {
  const scheduler = 'kube-scheduler/v1.36.3 (linux/amd64) kubernetes/1234567/scheduler';
  const manager =
    'kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/1234567/system:serviceaccount:kube-system:job-controller';
  const inNamespace = (second: number, userAgent: string, fields: EventFields = {}): EventFields => ({
    ...{
      userAgent,
      requestURI: pods,
      requestReceivedTimestamp: at(second),
      objectRef: { resource: 'pods', namespace },
    },
    ...fields,
  });

  test('is indirect if a controller does it while the test runs, and is counted apart', async () => {
    const bind = { requestURI: `${pods}/p/binding`, verb: 'create', code: 201 };
    await send(
      inNamespace(0, manager, {
        requestURI: `/api/v1/namespaces/${namespace}/serviceaccounts`,
        verb: 'create',
        code: 201,
      }),
    );
    await runSome();
    await send(
      inNamespace(2, scheduler, bind),
      inNamespace(2, scheduler, { ...bind, code: 409 }),
      inNamespace(3, 'kubectl/v1.36.3'),
      inNamespace(3, 'node-agent/1.0', {
        user: { username: 'system:node:a' },
        requestURI: `${pods}/p/status`,
        verb: 'patch',
      }),
      inNamespace(3, scheduler, { objectRef: { resource: 'pods', namespace: 'another' } }),
      inNamespace(6, 'snoop/0.1.0', {
        ...{ verb: 'delete', requestURI: `/api/v1/namespaces/${namespace}` },
        objectRef: { resource: 'namespaces', namespace, name: namespace },
      }),
      inNamespace(7, manager, { verb: 'deletecollection' }),
    );
    const before = await askRunCoverage(database.pool, id);
    const shorten = ({ indirect, otherClients }: typeof before) =>
      [...indirect.agents, ...otherClients].map(({ agent, endpoints }) =>
        [agent.split('/')[0], ...endpoints.map(({ endpoint, hits }) => `${endpoint} ${hits}`)].join(' '),
      );
    expect(shorten(before)).toMatchInlineSnapshot(`
      [
        "kube-controller-manager createCoreV1NamespacedServiceAccount 1",
        "kube-scheduler createCoreV1NamespacedPodBinding 1",
        "node-agent patchCoreV1NamespacedPodStatus 1",
        "kubectl listCoreV1NamespacedPod 1",
      ]
    `);
    expect(before.otherClients).toHaveLength(1);
    expect(before.change).toEqual((await askRunCoverage(database.pool, id)).change);
    await settleRun(database.pool, id);
    expect(await askRunCoverage(database.pool, id)).toEqual(before);
    // Later events change a settled run no more.
    await send(inNamespace(3, scheduler));
    await settleRun(database.pool, id);
    expect(await askRunCoverage(database.pool, id)).toEqual(before);
  });

  test('in a shared namespace only counts between the first and the last request of the test', async () => {
    const [one] = run([]).tests;
    if (!one) throw new Error('The run has a test.');
    await runSome({ tests: [{ ...one, ownsNamespace: false }] });
    await send(inNamespace(0, scheduler), inNamespace(3, manager), inNamespace(9, scheduler));
    const { indirect } = await askRunCoverage(database.pool, id);
    expect(indirect.agents.map(({ agent }) => agent)).toEqual([manager]);
  });

  test('adds to coverage only what the run itself did not hit', async () => {
    await runSome();
    await send(
      inNamespace(2, manager, { requestURI: hpa }),
      inNamespace(2, manager, { requestURI: `${hpa}/x/status`, verb: 'get' }),
    );
    const { indirect, change } = await askRunCoverage(database.pool, id);
    expect(change.find(({ of }) => of === 'stable')).toMatchObject({ difference: 2 });
    expect(indirect.change.find(({ of }) => of === 'stable')).toEqual({ of: 'stable', tested: 1, conformance: 0 });
  });
});

describe('a run document', () => {
  const files = [
    { file: 'hpa.live.ts', content: "import './x.ts';\n", omitted: null },
    { file: 'x.ts', content: null, omitted: 'larger than 1 MiB' },
  ];
  const bodies = [
    { auditId: `${id}.1.2`, direction: 'request' as const, body: { spec: 1 }, bytes: 10, omitted: null },
    { auditId: `${id}.1.2`, direction: 'answer' as const, body: null, bytes: 70_000, omitted: 'larger than 64 KB' },
    { auditId: `${id}.9.9`, direction: 'answer' as const, body: {}, bytes: 2, omitted: null },
  ];

  const outlined: RunRecord['tests'][number] = {
    ...{ test: 2, name: 'planned', file: 'hpa.live.ts', state: 'outlined', error: null, tries: 1 },
    ...{ namespace: null, ownsNamespace: false, startedAt: null, endedAt: null },
    steps: [{ step: 1, try: 1, name: 'create', state: 'outlined', startedAt: null, endedAt: null }],
  };

  async function runAndExport(options: { bodies?: boolean } = {}): Promise<RunDocument> {
    const origin = { command: 'snoop test', snoopVersion: '0.1.0', nodeVersion: '20.20.2', clientVersion: '1.4.0' };
    const tests = [...run([]).tests, outlined];
    await runSome({ ...origin, gitCommit: 'abc', gitDirty: true, files, author: 'ada', tests });
    await saveRunBodies(database.pool, id, bodies);
    await settleRun(database.pool, id);
    return exportRun(database.pool, id, options);
  }

  /** As it is read from a file. */
  const copy = (document: RunDocument): RunDocument => JSON.parse(JSON.stringify(document));

  test('shows the same report elsewhere, marked as imported, and enters no live view', async () => {
    const document = await runAndExport({ bodies: true });
    expect(document.tests.map(({ output }) => output)).toEqual(['listed 1\n', undefined]);
    const report = await askRunCoverage(database.pool, id);
    expect(computeDocumentCoverage(copy(document))).toEqual(report);
    expect(computeDocumentCoverage(copy(document), { passedOnly: true })).toEqual(
      await askRunCoverage(database.pool, id, { passedOnly: true }),
    );
    expect(await importRun(other.pool, 'run.json', copy(document))).toEqual({ id, isNew: true });
    const imported = await askRunCoverage(other.pool, id);
    expect(imported.run.importedAt).toBeInstanceOf(Date);
    expect({ ...imported, run: { ...imported.run, importedAt: null } }).toEqual(report);
    expect(await exportRun(other.pool, id, { bodies: true })).toEqual(document);
    for (const view of ['audit_event', 'endpoint_hit', 'endpoint_hit_by_new_test', 'rejected_event', 'hit_quota']) {
      expect((await other.pool.query(`select from testing.${view}`)).rowCount, view).toBe(0);
    }
    expect(await importRun(other.pool, 'run.json', copy(document))).toEqual({ id, isNew: false });
    expect(await importRun(database.pool, 'run.json', copy(document))).toEqual({ id, isNew: false });
    expect(await listRuns(other.pool, 9)).toMatchObject([
      { id, importedAt: expect.any(Date), newlyHit: 2, outlined: 1 },
    ]);
    await expect(findRun(other.pool, 'last')).rejects.toThrow(`No run ran here; all are imported. Name one: ${id}.`);
    await settleRun(other.pool, id);
    await resetLive(other.pool, { all: true });
    expect(await exportRun(other.pool, id, { bodies: true })).toEqual(document);
    expect((await checkDatabase(other.pool)).differences).toEqual([]);
    await removeRun(other.pool, id);
    expect((await other.pool.query('select from testing.run')).rowCount).toBe(0);
    expect((await other.pool.query('select from testing.source_file')).rowCount).toBe(0);
  });

  test('keeps how many endpoints of the baseline have unknown coverage', async () => {
    const { sha256: _sha256, ...document } = copy(await runAndExport());
    expect(document.baseline).not.toHaveProperty('unknown');
    const content = { ...document, baseline: { ...document.baseline, unknown: 39 } };
    const digested = { ...content, sha256: computeDigest(content) };
    expect(computeDocumentCoverage(digested).baseline.unknown).toBe(39);
    await importRun(other.pool, 'run.json', digested);
    expect((await askRunCoverage(other.pool, id)).baseline.unknown).toBe(39);
    expect(await exportRun(other.pool, id)).toEqual(digested);
  });

  test('has bodies only when they are asked for, and none of unknown requests', async () => {
    const document = await runAndExport();
    expect(document).not.toHaveProperty('bodies');
    const { bodies: exported } = await exportRun(database.pool, id, { bodies: true });
    expect(exported).toEqual([
      { audit_id: `${id}.1.2`, direction: 'answer', body: null, bytes: 70_000, omitted: 'larger than 64 KB' },
      { audit_id: `${id}.1.2`, direction: 'request', body: { spec: 1 }, bytes: 10, omitted: null },
    ]);
  });

  test('is refused when it is damaged, newer, contradicts itself or has the id of another run; nothing is stored', async () => {
    const document = await runAndExport();
    const [sent] = document.requests;
    const cases: [changes: Record<string, unknown>, message: string][] = [
      [{ version: 2 }, 'run.json: the document has version 2, and this snoop reads version 1. Update snoop.'],
      [{ format: 'x' }, "run.json: this is not a run written by 'snoop runs export'."],
      [{ evidence: undefined }, "run.json: the document must have required property 'evidence'."],
      [{ requests: [{ ...sent, status: '200' }] }, 'run.json: /requests/0/status must be integer,null.'],
      [{ run: { ...document.run, extra: 1 } }, 'run.json: /run must NOT have additional properties.'],
      [{ requests: [{ ...sent, status: 201 }] }, 'it was changed or damaged since it was exported'],
    ];
    for (const [changes, message] of cases) {
      const changed: unknown = JSON.parse(JSON.stringify({ ...document, ...changes }));
      await expect(importRun(other.pool, 'run.json', changed), message).rejects.toMatchObject({
        code: 'bad_document',
        message: expect.stringMatching(
          new RegExp(`${message.replaceAll(/[.()/]/g, String.raw`\$&`)}.*Nothing was imported\\.$`),
        ),
      });
    }
    for (const value of [null, 'x', [], 3]) {
      await expect(importRun(other.pool, 'run.json', value)).rejects.toMatchObject({ code: 'bad_document' });
    }
    expect((await other.pool.query('select from testing.run')).rowCount).toBe(0);
    await saveRun(other.pool, run([]));
    await expect(importRun(other.pool, 'run.json', copy(document))).rejects.toThrow(
      `This SnoopDB has another run with the id ${id}. Remove that one first: snoop runs rm ${id}`,
    );
  });

  test('cannot be written while the run is going on, or without a baseline', async () => {
    await saveRun(database.pool, run([], { state: 'running', endedAt: null }));
    await expect(exportRun(database.pool, id)).rejects.toThrow('has not ended yet');
    await saveRun(other.pool, run([]));
    await settleRun(other.pool, id);
    await expect(exportRun(other.pool, id)).rejects.toThrow('was compared with no baseline');
  });
});

test('two runs are compared by endpoints, answers and tests', async () => {
  await runSome();
  const second = '20261121-030502-bbbbbb';
  const [one] = run([]).tests;
  if (!one) throw new Error('The run has a test.');
  await saveRun(
    database.pool,
    run([request(1, {}, second), request(2, { path: `${pods}/x` }, second)], {
      id: second,
      startedAt: new Date(at(2)),
      tests: [
        { ...one, state: 'failed' },
        { ...one, test: 2, name: 'another' },
      ],
    }),
  );
  await send(
    own(1, 1, { auditID: `${second}.1.1` }),
    own(2, 1, { auditID: `${second}.1.2`, verb: 'get', requestURI: `${pods}/x` }),
  );
  const [before, after] = await Promise.all(
    ['last~1', 'last'].map(async (name) => askRunCoverage(database.pool, await findRun(database.pool, name))),
  );
  if (!before || !after) throw new Error('Both were read.');
  const names = ({ gained, lost, answers, tests }: ReturnType<typeof compareRuns>) => {
    const list = (changes: typeof gained) =>
      changes.map((change) => `${change.endpoint} ${change.before.join()} -> ${change.after.join()}`);
    return { gained: list(gained), lost: list(lost), answers: list(answers), tests };
  };
  expect(names(compareRuns(before, after))).toEqual({
    gained: ['readCoreV1NamespacedPod 404 -> 200'],
    lost: ['createAutoscalingV2NamespacedHorizontalPodAutoscaler 201 -> '],
    answers: [],
    tests: [
      { name: 'autoscaler', file: 'hpa.live.ts', before: 'passed', after: 'failed' },
      { name: 'another', file: 'hpa.live.ts', before: null, after: 'passed' },
    ],
  });
  expect(names(compareRuns(after, after))).toEqual({ gained: [], lost: [], answers: [], tests: [] });
  await expect(findRun(database.pool, 'last~2')).rejects.toThrow(
    'There is no run last~2: 2 ran here, the oldest is last~1.',
  );
});
