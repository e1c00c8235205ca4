import type { Pool } from 'pg';
import { didYouMean } from '../command-line/nearest.ts';
import { SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive, lockHitsShared } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { toStorableJson } from '../storable-text.ts';
import { formatRequestUri } from './request-uri.ts';

export type RunState = 'running' | 'passed' | 'failed' | 'interrupted';
export type TestState = 'passed' | 'failed' | 'skipped' | 'running';
export type StepState = 'passed' | 'failed' | 'running';
export type RequestOutcome = 'answered' | 'before audit' | 'open' | 'no answer' | 'unknown';

export interface RunStep {
  step: number;
  /** Try of its test, from 1. */
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
  /** Number of tries; all but the last failed. */
  tries: number;
  startedAt: Date | null;
  endedAt: Date | null;
  steps: RunStep[];
}

export interface RunRequest {
  auditId: string;
  test: number;
  /** Try of its test, from 1. */
  try: number;
  step: number | null;
  method: string;
  /** With the query. */
  path: string;
  status: number | null;
  outcome: RequestOutcome;
  error: string | null;
  /** Whether its body requests a dry run, which events at level Metadata do not show. */
  isDryRun: boolean;
  sentAt: Date;
  answeredAt: Date | null;
  closedAt: Date | null;
}

/** An error of a run outside its tests: a file that did not load, a failed hook, an uncaught error. */
export interface RunError {
  /** null: unknown. */
  file: string | null;
  line: number | null;
  message: string;
}

/** Requests whose events show the sources of a run's cluster: only its API servers can know their random paths. */
export interface SourceProbe {
  /** Audit-ID of all probes. */
  auditId: string;
  /** SHA-256 (hex) of path and query of each probe, as the API server sees them. */
  digests: readonly string[];
}

/** A run, read from the workbench's journal. */
export interface RunRecord {
  id: string;
  author: string | null;
  agent: string;
  /** Sources of the cluster's events, one for each kube-apiserver; empty: unknown. */
  sources: readonly string[];
  clusterVersion: string | null;
  clusterServer: string | null;
  /** null or undefined: no probes were sent. */
  sourceProbe?: SourceProbe | null;
  startedAt: Date;
  endedAt: Date | null;
  state: RunState;
  tests: RunTest[];
  requests: RunRequest[];
  /** In the order in which they were reported. */
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
 * Inserts or updates a run with its tests, steps, requests and errors, so that a growing journal can be saved repeatedly.
 * Settled runs do not change; runs removed by a reset are not saved again.
 * @returns false: the run was removed by a reset, and nothing was saved
 */
export async function saveRun(pool: Pool, run: RunRecord): Promise<boolean> {
  const { tests, requests: sent, errors, ...head } = run;
  const requests = sent.map((request) => ({
    ...request,
    requestUri: formatRequestUri(request.path, run.clusterServer),
  }));
  const steps = tests.flatMap((test) => test.steps.map((step) => ({ ...step, test: test.test })));
  return withTransaction(pool, async (client) => {
    // Events of a HEAD have the verb of a GET; this run shows which requests were HEADs.
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
    await client.query(readQuerySql('save-run'), [toStorableJson(head)]);
    await client.query(
      `insert into testing.run_test (run, test, name, file, state, error, tries, started_at, ended_at)
       select $1, test, name, file, state, error, tries, "startedAt", "endedAt"
         from jsonb_to_recordset($2::jsonb) as given (test integer, name text, file text, state text, error text, tries integer,
              "startedAt" timestamptz, "endedAt" timestamptz)
       on conflict (run, test) do update set name = excluded.name, file = excluded.file, state = excluded.state,
         error = excluded.error, tries = excluded.tries, started_at = excluded.started_at, ended_at = excluded.ended_at`,
      [run.id, toStorableJson(tests)],
    );
    await client.query(
      `insert into testing.run_step (run, test, step, try, name, state, started_at, ended_at)
       select $1, test, step, try, name, state, "startedAt", "endedAt"
         from jsonb_to_recordset($2::jsonb) as given (test integer, step integer, try integer, name text, state text,
              "startedAt" timestamptz, "endedAt" timestamptz)
       on conflict (run, test, step) do update set try = excluded.try, name = excluded.name, state = excluded.state,
         started_at = excluded.started_at, ended_at = excluded.ended_at`,
      [run.id, toStorableJson(steps)],
    );
    await client.query(readQuerySql('save-run-requests'), [run.id, toStorableJson(requests)]);
    await client.query(
      `insert into testing.run_error (run, error, file, line, message)
       select $1, error, file, line, message
         from jsonb_to_recordset($2::jsonb) as given (error integer, file text, line integer, message text)
       on conflict (run, error) do update set file = excluded.file, line = excluded.line, message = excluded.message`,
      [run.id, toStorableJson(errors.map((error, index) => ({ ...error, error: index + 1 })))],
    );
    if (hasHead) await client.query('select testing.resolve_heads($1)', [run.id]);
    return true;
  });
}

/** Lists runs, newest first. */
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
 * Finds a run by its id or a unique prefix.
 * @param idOrPrefix null: the newest run
 * @throws SnoopDbError `unknown_run` if none or several match; the message suggests runs
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
      `"${idOrPrefix}" matches ${matching.length} runs: ${matching.slice(0, 3).join(', ')}${matching.length > 3 ? ' …' : ''}. Use a longer prefix.`,
    );
  }
  throw new SnoopDbError('unknown_run', `There is no run "${idOrPrefix}". ${suggestRuns(idOrPrefix, ids)}`);
}

/** @throws SnoopDbError `unknown_run` if such a run was removed by a reset, with the time */
async function checkNotForgotten(pool: Pool, idOrPrefix: string): Promise<void> {
  if (idOrPrefix === '') return;
  const found = await pool.query<{ run: string; forgotten_at: Date }>(
    `select run, forgotten_at from testing.forgotten where left(run, length($1)) = $1 order by forgotten_at desc limit 1`,
    [idOrPrefix],
  );
  const removal = found.rows[0];
  if (!removal) return;
  throw new SnoopDbError(
    'unknown_run',
    `The run "${removal.run}" was removed at ${removal.forgotten_at.toISOString()} by 'snoop db reset-live'. Run its tests again.`,
  );
}

/** Suggests similar runs, or else the newest. */
function suggestRuns(wanted: string, ids: readonly string[]): string {
  return didYouMean(findNearest(wanted, ids)) || `The newest: ${ids.slice(0, 3).join(', ')}.`;
}

/** Finds up to three ids that contain the text, or else share the longest prefix, of more than half of it; newest first. */
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
