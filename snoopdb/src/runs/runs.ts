import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive, lockHitsShared } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { makeStorableJson } from '../storable-text.ts';
import { formatRequestUri } from './request-uri.ts';

export type RunState = 'running' | 'passed' | 'failed' | 'interrupted';
export type TestState = 'passed' | 'failed' | 'skipped' | 'running';
export type StepState = 'passed' | 'failed' | 'running';
export type RequestOutcome = 'answered' | 'before audit' | 'open' | 'no answer' | 'unknown';

export interface RunStep {
  step: number;
  /** The try of its test, from 1. */
  try: number;
  name: string;
  state: StepState;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface RunTest {
  test: number;
  name: string;
  file: string;
  state: TestState;
  error: string | null;
  /** How often it was tried; all tries but the last failed. */
  tries: number;
  startedAt: Date | null;
  endedAt: Date | null;
  steps: RunStep[];
}

export interface RunRequest {
  auditId: string;
  test: number;
  /** The try of its test, from 1. */
  try: number;
  step: number | null;
  method: string;
  /** With the query. */
  path: string;
  status: number | null;
  outcome: RequestOutcome;
  error: string | null;
  /** Whether its body asks for a dry run, which no event at level Metadata shows. */
  isDryRun: boolean;
  sentAt: Date;
  answeredAt: Date | null;
  closedAt: Date | null;
}

/** An error of a run outside of its tests: a file that did not load, a hook that failed, an error that nothing caught. */
export interface RunError {
  /** null: unknown. */
  file: string | null;
  line: number | null;
  message: string;
}

/** Requests whose events tell the sources of a run's cluster: nobody but its API servers can know their paths. */
export interface SourceProbe {
  /** Of all of them. */
  auditId: string;
  /** SHA-256 in hex of path and query of each, as the API server sees them. */
  digests: readonly string[];
}

/** A run as the workbench's journal tells it. */
export interface RunRecord {
  id: string;
  author: string | null;
  agent: string;
  /** The names under which the cluster's events arrive, one for each kube-apiserver; none: they are not known. */
  sources: readonly string[];
  clusterVersion: string | null;
  clusterServer: string | null;
  /** Requests that were sent to find the sources by their events; null or left out: none were. */
  sourceProbe?: SourceProbe | null;
  startedAt: Date;
  endedAt: Date | null;
  state: RunState;
  tests: RunTest[];
  requests: RunRequest[];
  /** In the order in which they were told. */
  errors: RunError[];
}

export interface ListedRun {
  id: string;
  startedAt: Date;
  state: RunState;
  tests: number;
  sent: number;
}

/**
 * Writes a run, its tests, steps, requests and errors. What is there already is overwritten, so that a journal may be imported
 * while it grows, and twice. A run that is settled stays as it is; one that was forgotten does not come back.
 * @returns false when it was forgotten; nothing is written then
 */
export async function saveRun(pool: Pool, run: RunRecord): Promise<boolean> {
  const { tests, requests: sent, errors, ...head } = run;
  const requests = sent.map((request) => ({
    ...request,
    requestUri: formatRequestUri(request.path, run.clusterServer),
  }));
  const steps = tests.flatMap((test) => test.steps.map((step) => ({ ...step, test: test.test })));
  return withTransaction(pool, async (client) => {
    // The events of a HEAD say get; which requests were one is known from now on.
    const hasHead = requests.some((request) => request.method.toUpperCase() === 'HEAD');
    await client.query(hasHead ? lockHitsExclusive() : lockHitsShared());
    const forgotten = await client.query(
      `select from testing.forgotten
        where run = $1 or (run is null and (agent is null or agent = $2) and $3 < forgotten_at) limit 1`,
      [run.id, run.agent, run.startedAt],
    );
    if (forgotten.rowCount !== 0) return false;
    const known = await client.query<{ settled: boolean }>(
      'select settled_at is not null as settled from testing.run where id = $1 for update',
      [run.id],
    );
    if (known.rows[0]?.settled) return true;
    await client.query(readQuerySql('save-run'), [makeStorableJson(head)]);
    await client.query(
      `insert into testing.run_test (run, test, name, file, state, error, tries, started_at, ended_at)
       select $1, test, name, file, state, error, tries, "startedAt", "endedAt"
         from jsonb_to_recordset($2::jsonb) as given (test integer, name text, file text, state text, error text, tries integer,
              "startedAt" timestamptz, "endedAt" timestamptz)
       on conflict (run, test) do update set name = excluded.name, file = excluded.file, state = excluded.state,
         error = excluded.error, tries = excluded.tries, started_at = excluded.started_at, ended_at = excluded.ended_at`,
      [run.id, makeStorableJson(tests)],
    );
    await client.query(
      `insert into testing.run_step (run, test, step, try, name, state, started_at, ended_at)
       select $1, test, step, try, name, state, "startedAt", "endedAt"
         from jsonb_to_recordset($2::jsonb) as given (test integer, step integer, try integer, name text, state text,
              "startedAt" timestamptz, "endedAt" timestamptz)
       on conflict (run, test, step) do update set try = excluded.try, name = excluded.name, state = excluded.state,
         started_at = excluded.started_at, ended_at = excluded.ended_at`,
      [run.id, makeStorableJson(steps)],
    );
    await client.query(
      `insert into testing.run_request (run, audit_id, test, try, step, method, path, request_uri, status, outcome,
         error, is_dry_run, sent_at, answered_at, closed_at)
       select $1, "auditId", test, try, step, method, path, "requestUri", status, outcome, error, "isDryRun", "sentAt",
              "answeredAt", "closedAt"
         from jsonb_to_recordset($2::jsonb) as given ("auditId" text, test integer, try integer, step integer,
              method text, path text, "requestUri" text, status integer, outcome text, error text,
              "isDryRun" boolean, "sentAt" timestamptz, "answeredAt" timestamptz, "closedAt" timestamptz)
       on conflict (run, audit_id) do update set test = excluded.test, try = excluded.try, step = excluded.step,
         method = excluded.method, path = excluded.path, request_uri = excluded.request_uri, status = excluded.status, outcome = excluded.outcome,
         error = excluded.error, is_dry_run = excluded.is_dry_run,
         sent_at = excluded.sent_at, answered_at = excluded.answered_at, closed_at = excluded.closed_at`,
      [run.id, makeStorableJson(requests)],
    );
    await client.query(
      `insert into testing.run_error (run, error, file, line, message)
       select $1, error, file, line, message
         from jsonb_to_recordset($2::jsonb) as given (error integer, file text, line integer, message text)
       on conflict (run, error) do update set file = excluded.file, line = excluded.line, message = excluded.message`,
      [run.id, makeStorableJson(errors.map((error, index) => ({ ...error, error: index + 1 })))],
    );
    if (hasHead) await client.query('select testing.resolve_heads($1)', [run.id]);
    return true;
  });
}

/** The newest runs, newest first. */
export async function listRuns(pool: Pool, limit: number): Promise<ListedRun[]> {
  const found = await pool.query<ListedRun>(
    `select id, started_at as "startedAt", state,
            (select count(*)::integer from testing.run_test where run = run.id) as tests,
            (select count(*)::integer from testing.run_request where run = run.id) as sent
       from testing.run as run order by started_at desc, id desc limit $1`,
    [limit],
  );
  return found.rows;
}

/**
 * Finds a run by its id or the beginning of it.
 * @param idOrPrefix null for the newest run
 * @throws SnoopDbError `unknown_run` when there is none or several; it names the nearest ones.
 */
export async function findRun(pool: Pool, idOrPrefix: string | null): Promise<string> {
  const found = await pool.query<{ id: string }>('select id from testing.run order by started_at desc, id desc');
  const ids = found.rows.map((row) => row.id);
  if (idOrPrefix !== null && !ids.some((id) => id.startsWith(idOrPrefix))) await checkNotForgotten(pool, idOrPrefix);
  const newest = ids[0];
  if (newest === undefined) throw new SnoopDbError('unknown_run', 'There is no run yet. Run a test first.');
  if (idOrPrefix === null) return newest;
  if (ids.includes(idOrPrefix)) return idOrPrefix;
  const matching = idOrPrefix === '' ? [] : ids.filter((id) => id.startsWith(idOrPrefix));
  const [only, ...others] = matching;
  if (only && others.length === 0) return only;
  if (only) {
    throw new SnoopDbError(
      'unknown_run',
      `"${idOrPrefix}" is the beginning of ${matching.length} runs: ${matching.slice(0, 3).join(', ')}${matching.length > 3 ? ' …' : ''}. Give more of it.`,
    );
  }
  throw new SnoopDbError('unknown_run', `There is no run "${idOrPrefix}". ${suggestRuns(idOrPrefix, ids)}`);
}

/** @throws SnoopDbError `unknown_run` when such a run was forgotten; it says when */
async function checkNotForgotten(pool: Pool, idOrPrefix: string): Promise<void> {
  if (idOrPrefix === '') return;
  const found = await pool.query<{ run: string; forgotten_at: Date }>(
    `select run, forgotten_at from testing.forgotten where left(run, length($1)) = $1 order by forgotten_at desc limit 1`,
    [idOrPrefix],
  );
  const mark = found.rows[0];
  if (!mark) return;
  throw new SnoopDbError(
    'unknown_run',
    `The run "${mark.run}" was forgotten at ${mark.forgotten_at.toISOString()}, by 'snoop db reset-live'. Run its tests again.`,
  );
}

/** The runs that could be meant; where none could, the newest. */
function suggestRuns(wanted: string, ids: readonly string[]): string {
  const nearest = findNearest(wanted, ids);
  return nearest.length > 0
    ? `The nearest: ${nearest.join(', ')}.`
    : `None is like it; the newest: ${ids.slice(0, 3).join(', ')}.`;
}

/** Those with the longest common beginning, more than half of it, and before them those that hold the text anywhere; of equals the newest. */
function findNearest(wanted: string, ids: readonly string[]): string[] {
  const common = (id: string): number => {
    if (wanted !== '' && id.includes(wanted)) return id.length;
    let length = 0;
    while (length < wanted.length && id[length] === wanted[length]) length += 1;
    return length;
  };
  return ids
    .filter((id) => common(id) * 2 > wanted.length)
    .sort((a, b) => common(b) - common(a))
    .slice(0, 3);
}
