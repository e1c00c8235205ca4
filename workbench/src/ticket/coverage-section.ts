import type { RunCoverage, RunDocument } from '@snoop/snoopdb';
import { createReport } from '../report/report.ts';
import { describeTests } from '../report/test-rows.ts';
import { count, formatCode, formatName } from './blocks.ts';
import type { TicketRun } from './claims.ts';
import { formatQuery, quoteLiteral, type SqlResult } from './sql-result.ts';

/** The agents, endpoints and change of each run, with the queries that return them. */
export function writeCoverage(runs: readonly TicketRun[], maxRows: number): string {
  const write = (ask: (run: TicketRun) => readonly Question[]): string =>
    runs
      .flatMap((run) => [
        ...(runs.length === 1 ? [] : [`### Run ${formatCode(run.document.run.id)}`]),
        ...ask(run).map(({ sql, result }) => formatQuery(sql, result, maxRows)),
      ])
      .join('\n\n');
  return [
    '# Verifying increase in coverage with APISnoop',
    runs.map(describeRun).join('\n'),
    '## Discover useragents:',
    write((run) => [askAgents(run), ...askClients(run)]),
    '## List endpoints hit by the test:',
    write((run) => [askEndpoints(run)]),
    '## Display endpoint coverage change:',
    write((run) => [askChange(run)]),
  ].join('\n\n');
}

function describeRun({ document: { run, baseline }, coverage }: TicketRun): string {
  const version = run.cluster_version === null ? 'a cluster of unknown version' : `Kubernetes ${run.cluster_version}`;
  const facts = [
    describeResult(coverage),
    createReport(coverage).evidenceSentence,
    `compared with the baseline ${baseline.release}`,
  ];
  return `Run ${formatCode(run.id)} on ${run.started_at.slice(0, 10)}, ${formatName(version)}: ${formatName(facts.join('; '))}.`;
}

function describeResult({ tests, errors }: RunCoverage): string {
  const allPassed = errors.length === 0 && tests.length > 0 && tests.every(({ state }) => state === 'passed');
  return allPassed ? `${count(tests.length, 'test')} passed` : `tests: ${describeTests({ tests, errors })}`;
}

interface Question {
  readonly sql: string;
  readonly result: SqlResult;
}

function askAgents({ document }: TicketRun): Question {
  return {
    sql: `select distinct useragent
  from testing.run_endpoint
 where run = ${quoteLiteral(document.run.id)} and sent_by = 'test';`,
    result: {
      columns: ['useragent'],
      rows: [...new Set(listOwnEndpoints(document).map(({ useragent }) => useragent))].map((agent) => [agent]),
    },
  };
}

/** The clients of a run of `snoop exec`, by their own agents. */
function askClients({ document }: TicketRun): Question[] {
  const agents = document.requests.flatMap(({ client_agent: agent }) => agent ?? []).sort();
  if (agents.length === 0) return [];
  return [
    {
      sql: `select client_agent, count(*) as requests
  from testing.run_request
 where run = ${quoteLiteral(document.run.id)} and client_agent is not null
 group by client_agent
 order by client_agent collate "C";`,
      result: {
        columns: ['client_agent', 'requests'],
        rows: [...new Set(agents)].map((agent) => [agent, agents.filter((other) => other === agent).length]),
      },
    },
  ];
}

function askEndpoints({ document }: TicketRun): Question {
  const hit = listOwnEndpoints(document).filter((endpoint) => endpoint.hit_by_new_test > 0);
  // Without it, an endpoint with unknown coverage would seem untested.
  const unknown = hit.some((row) => row.unknown === true) ? ['unknown'] : [];
  const columns = ['endpoint', 'hit_by_ete', 'hit_by_conformance', 'eligible', 'hit_by_new_test', ...unknown];
  return {
    sql: `select ${columns.join(', ')}
  from testing.run_endpoint
 where run = ${quoteLiteral(document.run.id)} and sent_by = 'test' and hit_by_new_test > 0
 order by endpoint collate "C";`,
    result: {
      columns,
      rows: hit.map((row) => [
        ...[row.endpoint, row.hit_by_ete, row.hit_by_conformance, row.eligible, row.hit_by_new_test],
        ...unknown.map(() => row.unknown === true),
      ]),
    },
  };
}

function askChange({ document, coverage }: TicketRun): Question {
  const levels = coverage.change.filter(({ of }) => of !== 'eligible');
  const total = {
    of: 'test_coverage',
    total: sum(levels.map((level) => level.total)),
    before: sum(levels.map((level) => level.before)),
    after: sum(levels.map((level) => level.after)),
    difference: sum(levels.map((level) => level.difference)),
    conformance: { difference: sum(levels.map((level) => level.conformance.difference)) },
  };
  const rows = [...coverage.change, total].sort((a, b) => (a.of < b.of ? -1 : 1));
  return {
    sql: `select category, total_endpoints, old_coverage, new_coverage, change_in_number, conformance_change_in_number
  from testing.run_change_in_coverage
 where run = ${quoteLiteral(document.run.id)}
 order by category;`,
    result: {
      columns: [
        ...['category', 'total_endpoints', 'old_coverage', 'new_coverage', 'change_in_number'],
        'conformance_change_in_number',
      ],
      rows: rows.map((row) => [row.of, row.total, row.before, row.after, row.difference, row.conformance.difference]),
    },
  };
}

function listOwnEndpoints({ endpoints }: RunDocument): RunDocument['endpoints'] {
  return endpoints.filter((row) => row.sent_by === 'test').sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
