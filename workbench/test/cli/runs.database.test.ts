import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEventWriter, type Pool, type RunRecord, saveRun, settleRun, useNearestBaseline } from '@snoop/snoopdb';
import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { beforeAll, describe, expect, test } from 'vitest';
import { command as report } from '../../src/cli/report.ts';
import { command as runs } from '../../src/cli/runs.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

const source = 'a cluster';
const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const [first, second] = ['20261121-030501-aaaaaa', '20261121-040501-bbbbbb'] as const;

let pool: Pool;
let url: string;
let other: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
  ({ url: other } = await makeDatabase());
  await useNearestBaseline(pool, '1.36.3');
  await storeRun(first, 'passed', [200], new Date('2026-11-21T03:05:01Z'));
  await storeRun(second, 'failed', [404], new Date('2026-11-21T04:05:01Z'));
});

const planned: RunRecord['tests'][number] = {
  ...{ test: 2, name: 'planned', file: 'hpa.live.ts', state: 'outlined', error: null, tries: 1 },
  ...{ startedAt: null, endedAt: null, steps: [] },
};

/** A run of one test that lists autoscalers, answered with these codes. */
async function storeRun(
  id: string,
  state: 'passed' | 'failed',
  codes: readonly number[],
  startedAt: Date,
): Promise<void> {
  const requests: RunRecord['requests'] = codes.map((status, index) => ({
    ...{
      auditId: `${id}.1.${index}`,
      test: 1,
      try: 1,
      step: null,
      method: 'GET',
      path,
      status,
      outcome: 'answered' as const,
    },
    ...{ error: null, isDryRun: false, sentAt: startedAt, answeredAt: startedAt, closedAt: startedAt },
  }));
  await saveRun(pool, {
    ...{
      id,
      author: 'ada',
      agent: 'live-test-writing',
      sources: [source],
      clusterVersion: '1.36.3',
      clusterServer: null,
    },
    ...{ startedAt, endedAt: new Date(startedAt.getTime() + 2_000), state, requests, errors: [] },
    tests: [
      {
        ...{ test: 1, name: 'autoscalers', file: 'hpa.live.ts', state, error: null, tries: 1 },
        ...{ startedAt, endedAt: startedAt, steps: [] },
      },
      ...(id === second ? [planned] : []),
    ],
    files: [{ file: 'hpa.live.ts', content: "liveTest('autoscalers', …);\n", omitted: null }],
  });
  const writer = createEventWriter(pool, { source });
  const items = requests.map(({ auditId, status }) => ({
    ...{ auditID: auditId, level: 'Metadata', stage: 'ResponseComplete', verb: 'list', requestURI: path },
    ...{ userAgent: 'live-test-writing -- autoscalers', responseStatus: { code: status } },
    ...{ user: { username: 'ada' }, requestReceivedTimestamp: startedAt.toISOString() },
  }));
  await writer.write(Buffer.from(JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items })));
  await writer.close();
  await settleRun(pool, id);
}

test('lists runs, newest first', async () => {
  const { stdout, exitCode } = await ask(runs, url);
  expect(exitCode).toBe(0);
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    ID                      WHEN                  WHAT         AUTHOR  RESULT              TESTS  REQUESTS  NEWLY HIT
    20261121-040501-bbbbbb  2026-11-21T04:05:01Z  hpa.live.ts  ada     failed, 1 outlined      2         1          0
    20261121-030501-aaaaaa  2026-11-21T03:05:01Z  hpa.live.ts  ada     passed                  1         1          1
    "
  `);
  expect((await ask(runs, url, '--limit', '1')).stderr).toBe('There are older runs: --limit 2 shows more.\n');
  const json: { runs: unknown[] } = JSON.parse((await ask(runs, url, '--output', 'json')).stdout);
  expect(json.runs).toMatchObject([
    { id: second, newlyHit: 0 },
    { id: first, newlyHit: 1, files: ['hpa.live.ts'] },
  ]);
  expect((await ask(runs, url, '--output', 'csv')).stdout.split('\r\n')[0]).toBe(
    'id,when,what,author,result,tests,requests,newlyHit',
  );
});

test('compares two runs', async () => {
  const { stdout } = await ask(runs, url, 'diff', 'last~1', 'last');
  expect(`\n${stdout}`).toMatchInlineSnapshot(`
    "
    Before  20261121-030501-aaaaaa: passed, 2026-11-21T03:05:01.000Z
    After   20261121-040501-bbbbbb: failed, 2026-11-21T04:05:01.000Z

    CHANGE  WHAT                                                FROM    TO
    test    autoscalers                                         passed  failed    hpa.live.ts
    test    planned                                             -       outlined  hpa.live.ts
    lost    listAutoscalingV2NamespacedHorizontalPodAutoscaler  200     404
    "
  `);
  expect((await ask(runs, url, 'diff', first, first)).stdout).toContain('Difference  none');
});

test('exports a run that another SnoopDB imports, and reports there with a note', async () => {
  const file = join(await makeFolder(), 'run.json');
  const { stdout, exitCode } = await ask(runs, url, 'export', 'last~1', '--bodies');
  expect(exitCode).toBe(0);
  await writeFile(file, stdout);
  expect(await ask(runs, other, 'import', file)).toMatchObject({
    exitCode: 0,
    stdout: `Imported ${first}. Its report: snoop report ${first}\n`,
  });
  expect((await ask(runs, other, 'import', file)).stdout).toBe(`The run ${first} was already there.\n`);
  expect((await ask(runs, other)).stdout).toContain('passed, imported');
  const [there, here] = [await ask(report, other, first), await ask(report, url, first)];
  const json = await ask(report, other, first, '--output', 'json');
  expect(listSchemaErrors(new URL('../../schemas/report.json', import.meta.url), JSON.parse(json.stdout))).toEqual([]);
  const note = /^Note {6}Imported on \d{4}-\d\d-\d\d: the run ran with another SnoopDB\.\n/m;
  expect(there.stdout).toMatch(note);
  expect(there.stdout.replace(note, '')).toBe(here.stdout);
  expect((await ask(runs, other, 'rm', first)).stdout).toBe(`Removed ${first}.\n`);
  expect((await ask(runs, other)).stderr).toContain("There is no run yet. 'snoop test' makes one.");
});

test.each([
  [first, ['--fail-under', 'any:1', '--expect', 'listAutoscalingV2NamespacedHorizontalPodAutoscaler'], 0, ''],
  [first, ['--fail-under', 'conformance:1'], 1, 'snoop: --fail-under conformance:1: newly hit by passed tests: 0,'],
  [second, ['--expect', 'listAutoscalingV2NamespacedHorizontalPodAutoscaler'], 1, 'without a hit, answered 404\n'],
  [first, ['--expect', 'listCoreV1Node'], 1, 'snoop: --expect listCoreV1Node: no request reached it\n'],
  [first, ['--expect', 'listCoreV1Nod'], 1, "there is no endpoint 'listCoreV1Nod'. Did you mean 'listCoreV1Node'"],
])('snoop report %s %j exits with %i', async (run, args, code, message) => {
  const { exitCode, stderr, stdout } = await ask(report, url, run, ...args);
  expect(exitCode).toBe(code);
  expect(stderr).toContain(message);
  expect(stdout).toContain('Verdict');
});

describe('wrong use', () => {
  test.for<[args: string[], message: RegExp]>([
    [['dif'], /^snoop runs takes no 'dif'\. Did you mean 'snoop runs diff'\?/],
    [['x9'], /To print the report of a run: snoop report x9/],
    [['--limit', '0'], /--limit takes a number from 1 to 100,000, not '0'/],
    [['diff', 'last'], /after/],
    [['diff', 'last', 'last~7'], /There is no run last~7: 2 ran here, the oldest is last~1\./],
    [['rm', 'last', 'nothing'], /There is no run "nothing"/],
    [['rm'], /run/],
    [['export', 'nothing'], /There is no run "nothing"/],
    [['import', '/nowhere/run.json'], /\/nowhere\/run\.json/],
  ])('%s', async ([args, message]) => {
    const error: unknown = await ask(runs, url, ...args).then(
      () => expect.fail('it was accepted'),
      (reason: unknown) => reason,
    );
    const { message: text = '', advice = [] } = error as { message?: string; advice?: string[] };
    expect([text, ...advice].join(' ')).toMatch(message);
    expect((await ask(runs, url)).stdout).toContain(second);
  });

  test('a document that is cut in the middle', async () => {
    const file = join(await makeFolder(), 'run.json');
    await writeFile(file, (await ask(runs, url, 'export', first)).stdout.slice(0, 500));
    await expect(ask(runs, other, 'import', file)).rejects.toMatchObject({ code: 'bad_document' });
    expect((await readFile(file)).length).toBe(500);
  });
});
