import {
  askEndpoint,
  askHits,
  askProgress,
  askReleaseTable,
  askRunCoverage,
  compareRuns,
  exportLists,
  listAgents,
  listRuns,
  type Pool,
} from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import { createReport } from '../../../src/report/report.ts';
import { printText } from '../../../src/report/text.ts';
import type {
  AgentsFile,
  HitsFile,
  LiveEndpoint,
  RunDifferenceFile,
  RunFile,
  RunsFile,
  TestRequests,
} from '../../../src/ui/data/live-model.ts';
import type { DetailsFile, ProgressFile, TableFile } from '../../../src/ui/data/model.ts';
import { filterUsed, marks } from '../../../web/src/agents/used-endpoints.ts';
import { describeConformance, describeTested } from '../../../src/report/endpoint-coverage.ts';
import { countTests } from '../../../web/src/endpoint/count-tests.ts';
import { findIneligible } from '../../../web/src/lists/list-rows.ts';
import { createPartFinder, debtParts, growthParts } from '../../../web/src/progress/parts.ts';
import { describeEndpoint } from '../../../src/cli/endpoint.ts';
import { describeCall } from '../../../src/audited-cluster/client-call.ts';
import { hostile, importedRuns, makePageDatabase, servePage } from '../support/page-data.ts';

let pool: Pool;
let root: string;

beforeAll(async () => {
  pool = await makePageDatabase();
  root = `${await servePage(pool)}data/`;
});

async function get<T>(name: string, query: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`${root}${name}.json?${new URLSearchParams(query)}`);
  expect(response.status, name).toBe(200);
  return JSON.parse(await response.text());
}

test('a link that no page writes gets a sentence and a 4xx', async () => {
  const bad = async (path: string) => {
    const response = await fetch(`${root}${path}`);
    const { code, message } = JSON.parse(await response.text());
    return [response.status, code, typeof message];
  };
  const long = 'x'.repeat(10_000);
  expect(await bad('live/run.json?run=%00')).toEqual([400, 'bad_query', 'string']);
  expect(await bad(`live/run.json?run=${long}`)).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/run.json?run=%3Cscript%3E')).toEqual([404, 'unknown_run', 'string']);
  expect(await bad('live/run.json')).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/run.json?run=a&run=b')).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/run.json?run[a]=b')).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/run-difference.json?before=last')).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/endpoint.json?endpoint=%3Cscript%3E')).toEqual([404, 'unknown_endpoint', 'string']);
  expect(await bad('live/endpoint.json?endpoint=listCoreV1Node&release=1.2')).toEqual([
    404,
    'unknown_release',
    'string',
  ]);
  expect(await bad('live/endpoint.json?endpoint=listCoreV1Node&release=%3Cb%3E')).toEqual([
    404,
    'bad_release',
    'string',
  ]);
  expect(await bad('live/hits.json?agent=%F0%9F%99%83')).toEqual([404, 'unknown_agent', 'string']);
  expect(await bad('live/agents.json?of=1.2')).toEqual([404, 'unknown_release', 'string']);
  for (const limit of ['0', '-1', '1001', '1e3', 'x', '99999999999'])
    expect(await bad(`live/runs.json?limit=${limit}`), limit).toEqual([400, 'bad_query', 'string']);
  expect(await bad('live/nothing.json')).toEqual([404, 'not_found', 'string']);
});

test('progress: each bar has as many rows as the question counts', async () => {
  const { releases, endpoints } = await get<ProgressFile>('progress');
  const answer = await askProgress(pool);
  expect(releases).toEqual(answer.releases);
  expect(releases.length).toBeGreaterThan(20);
  const find = createPartFinder(endpoints);
  for (const line of releases) {
    const count = (part: Parameters<typeof find>[1]) => find(line.release, part).length;
    expect(
      {
        ...{ newEndpoints: count('new'), newTested: count('new-tested'), testedByOld: count('new-old-test') },
        ...{ oldTested: count('old-newly-tested'), stillUntested: count('new-open') },
        ...{ total: count('all'), totalTested: count('tested'), debt: count('debt') },
      },
      line.release,
    ).toEqual({
      ...{ newEndpoints: line.newEndpoints, newTested: line.newTested, testedByOld: line.testedByOld },
      ...{ oldTested: line.oldTested, stillUntested: line.stillUntested },
      ...{ total: line.total, totalTested: line.totalTested, debt: line.debt },
    });
    const sum = (parts: readonly Parameters<typeof find>[1][]) => parts.reduce((all, part) => all + count(part), 0);
    expect(sum(growthParts), line.release).toBe(line.total);
    expect(sum(debtParts), line.release).toBe(line.debt);
  }
});

test('lists: the ineligible endpoints are those of the exported list', async () => {
  const table = await get<TableFile>('1.36.0/table');
  const { ineligible } = await exportLists(pool);
  const rows = findIneligible(table).map(({ endpoint, reason, link }) => ({ endpoint, reason, link }));
  const absent = table.lists.ineligible?.absent ?? [];
  const byName = (a: { endpoint: string }, b: { endpoint: string }) => (a.endpoint < b.endpoint ? -1 : 1);
  expect([...rows, ...absent].sort(byName)).toEqual([...(ineligible.rows ?? [])].sort(byName));
});

test('endpoints: the sentences are those of snoop endpoint, with and without SnoopDB', async () => {
  const [table, details] = [await get<TableFile>('1.36.0/table'), await get<DetailsFile>('1.36.0/details')];
  for (const row of table.endpoints.filter((_, index) => index % 97 === 0)) {
    const more = details.endpoints[row.endpoint];
    const answer = await askEndpoint(pool, row.endpoint, '1.36.0');
    if (more === undefined || answer === null) throw new Error(`${row.endpoint} is missing.`);
    const { parts } = describeEndpoint(
      answer,
      describeCall(answer, () => false),
      true,
    );
    const facts = new Map(parts[0]?.facts ?? []);
    const tests = countTests(more, details);
    expect(describeTested(row, tests, '1.36.0'), row.endpoint).toBe(facts.get('Tested'));
    expect(describeConformance(row, tests) ?? undefined, row.endpoint).toBe(facts.get('Conformance'));
    const live = await get<LiveEndpoint>('live/endpoint', { endpoint: row.endpoint, release: '1.36.0' });
    expect([live.agents, live.samples, live.first]).toEqual([answer.agents, answer.samples, answer.first]);
  }
});

test('agents: the list and each filter have the numbers of the questions', async () => {
  const { agents, sources } = await get<AgentsFile>('live/agents');
  expect(agents).toEqual(await listAgents(pool));
  expect(sources.length).toBeGreaterThan(0);
  const [first] = agents;
  if (first === undefined) throw new Error('No agent was seen.');
  const hits = await get<HitsFile>('live/hits', { agent: first.agent });
  expect(hits).toEqual(JSON.parse(JSON.stringify(await askHits(pool, first.agent))));
  for (const mark of marks) expect(filterUsed(hits.endpoints, mark).length, mark).toBe(hits.summary[mark]);
  const of = await get<HitsFile>('live/hits', { agent: first.agent, of: '1.35' });
  expect(of.summary).toEqual((await askHits(pool, first.agent, { release: '1.35' })).summary);
});

test('runs: the list, a report and its time line are those of the commands', async () => {
  const list = await get<RunsFile>('live/runs');
  expect(list.more).toBe(false);
  expect(list.runs).toEqual(JSON.parse(JSON.stringify(await listRuns(pool, 10))));
  expect((await get<RunsFile>('live/runs', { limit: '1' })).more).toBe(true);
  for (const id of importedRuns) {
    const file = await get<RunFile>('live/run', { run: id });
    const coverage = await askRunCoverage(pool, id);
    const text = printText(createReport(coverage), false).replaceAll(/\s+/g, ' ');
    const { head, warnings, change, verdict, tests, sections } = file.report;
    const tables = [change, ...sections, ...tests.flatMap(({ steps, endpoints }) => [steps, ...endpoints])];
    const words = [
      ...head.map(([, value]) => value),
      ...verdict.map(([, value]) => value),
      ...warnings,
      ...tests.flatMap(({ name, file: of }) => [name, of]),
      ...tables.flatMap(({ heading, summary, rows }) => [heading ?? '', summary ?? '', ...rows.flat()]),
    ];
    for (const word of words) expect(text).toContain(word.replaceAll(/\s+/g, ' ').trim());
    expect(file.timeline.requests.length).toBe(coverage.evidence.sent);
    const recorded = file.timeline.requests.filter(({ events }) => events.some(({ decides }) => decides));
    expect(recorded.length).toBe(coverage.evidence.recorded);
    expect(file.timeline.more).toBe(false);
    const hit = new Set(file.timeline.requests.flatMap(({ endpoint }) => endpoint ?? []));
    for (const { endpoint } of coverage.endpoints) expect(hit).toContain(endpoint);
  }
});

test('runs: the difference of two is that of snoop runs diff', async () => {
  const [before, after] = importedRuns;
  const file = await get<RunDifferenceFile>('live/run-difference', { before, after });
  const [earlier, later] = [await askRunCoverage(pool, before), await askRunCoverage(pool, after)];
  expect(file.difference).toEqual(compareRuns(earlier, later));
  expect([file.before.id, file.after.id]).toEqual([before, after]);
  expect((await get<RunDifferenceFile>('live/run-difference', { before, after: before })).difference).toEqual({
    ...{ gained: [], lost: [], answers: [], tests: [] },
  });
});

test('a release without the endpoint of a link answers with the release that has it', async () => {
  const { endpoints } = await askReleaseTable(pool, '1.36.0');
  const fresh = endpoints.find(({ isNew }) => isNew);
  if (fresh === undefined) throw new Error('1.36.0 has no new endpoint.');
  const live = await get<LiveEndpoint>('live/endpoint', { endpoint: fresh.endpoint, release: '1.35.0' });
  expect(live.release).toBe('1.36.0');
});

test('tests: the requests are those of the loaded events', async () => {
  const file = await get<TestRequests>('live/test', { test: hostile.test, release: '1.36.0' });
  expect(file).toMatchObject({
    requests: [
      { auditId: '0-200', code: 200, isHit: true, endpoint: 'listCoreV1Node', sentAt: '2026-04-22T10:00:00.200Z' },
      { auditId: '0-404', code: 404, isHit: false },
    ],
    more: false,
  });
});
