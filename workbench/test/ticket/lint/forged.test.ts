import { computeDigest, type RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { createEvidence, type TicketEvidence } from '../../../src/ticket/evidence.ts';
import { lintTicket } from '../../../src/ticket/lint/lint-ticket.ts';
import { readTicket } from '../../../src/ticket/read-ticket.ts';
import { writeTicket } from '../../../src/ticket/write-ticket.ts';
import { readGoldenEvidence } from '../support/golden-evidence.ts';

type Forged = { -readonly [Key in keyof TicketEvidence]: TicketEvidence[Key] } & { query: { sql: string } };

const golden = await readGoldenEvidence();

/** Writes the ticket of changed evidence, with digests that fit. */
function forge(change: (evidence: Forged, run: RunDocument) => void): string {
  const evidence = structuredClone(golden);
  const [run] = evidence.runs;
  if (run === undefined) throw new Error('The evidence has a run.');
  change(evidence, run);
  const runs = evidence.runs.map(({ sha256: _, ...rest }) => ({ ...rest, sha256: computeDigest(rest) }));
  const { written_at, snoop_version, outline_only, query } = evidence;
  return writeTicket(createEvidence({ written_at, snoop_version, outline_only, query, runs })).body;
}

async function lint(text: string): Promise<string[]> {
  const readAttachment = (): Promise<never> => Promise.reject(new Error('There is no attachment.'));
  const findings = await lintTicket(await readTicket('ticket.md', text), { readAttachment });
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

const conformanceTested = { endpoint: 'listCoreV1Node', path: '/api/v1/nodes', kind: 'Node' };

const forgeries: readonly (readonly [string, string, (evidence: Forged, run: RunDocument) => void])[] = [
  [
    'a dry run in a path',
    'not-hit',
    (_, { requests }) => {
      for (const request of requests) Object.assign(request, { request_uri: `${request.path}?dryRun=All` });
    },
  ],
  ['a passed test with an error', 'contradiction', (_, { tests }) => Object.assign(tests[0] ?? {}, { error: 'no' })],
  [
    'a passed run with a failed test',
    'contradiction',
    (_, { tests }) => Object.assign(tests[0] ?? {}, { state: 'failed' }),
  ],
  [
    'requests of another run',
    'contradiction',
    (_, { requests, evidence }) => {
      for (const one of [...requests, ...evidence])
        Object.assign(one, { audit_id: one.audit_id.replace('20261130', '20261129') });
    },
  ],
  ['an unknown test', 'contradiction', (_, { requests }) => Object.assign(requests[0] ?? {}, { test: 9 })],
  [
    'events of another cluster',
    'contradiction',
    (_, { evidence }) => Object.assign(evidence[0] ?? {}, { source: 'other' }),
  ],
  ['a query of something else', 'changed-query', ({ query }) => Object.assign(query, { sql: 'drop table x;' })],
  ['a second statement', 'changed-query', ({ query }) => Object.assign(query, { sql: `${query.sql} drop table x;` })],
  [
    'a second query',
    'changed-query',
    ({ query }) =>
      Object.assign(query, { sql: query.sql.replace(' order by', ' union select secret from x order by') }),
  ],
  [
    'another condition',
    'changed-query',
    ({ query }) =>
      Object.assign(query, { sql: query.sql.replace('   and kind', '   and pg_sleep(9) is null\n   and kind') }),
  ],
  [
    'a release of two lines',
    'changed-query',
    ({ query }) => {
      const [head = ''] = query.sql.split(`${query.release}'`);
      const list = "   and kind in ('; drop table x; select ')";
      const order = ' order by kind collate "C", endpoint collate "C";';
      const sql = [head + query.release, '   and not tested', list, order].join('\n');
      Object.assign(query, { sql, release: `${query.release}\n` });
    },
  ],
  [
    'a tested endpoint as untested',
    'covered-endpoint',
    ({ query }) => Object.assign(query, { rows: [...query.rows, conformanceTested] }),
  ],
  [
    'an endpoint that does not exist',
    'unknown-endpoint',
    ({ query }) => Object.assign(query, { rows: [{ ...conformanceTested, endpoint: 'listCoreV1Gizmo' }] }),
  ],
];

test.each(forgeries)('finds %s in evidence whose digests fit', async (_name, rule, change) => {
  expect(await lint(forge(change))).toContain(`error ${rule}`);
});

test('finds a changed source in the ticket of another version of snoop', async () => {
  const text = forge((evidence) => Object.assign(evidence, { snoop_version: '0.0.9' }));
  expect(await lint(text)).toEqual([]);
  expect(await lint(text.replace('timeout: 30_000', 'timeout: 60_000'))).toEqual(['error stale-result']);
});

test('warns of a query of something else in the ticket of another version of snoop', async () => {
  const text = forge((evidence) => {
    Object.assign(evidence, { snoop_version: '0.0.9' });
    Object.assign(evidence.query, { sql: 'drop table x;' });
  });
  expect(await lint(text)).toEqual(['warning changed-query']);
});

test('reads digits of any width', async () => {
  const text = forge(() => {});
  expect(await lint(`${text}\nTest coverage will go up by \uff17\uff17 points.\n`)).toContain('error points');
});
