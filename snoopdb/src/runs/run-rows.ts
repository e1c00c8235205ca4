import type { Pool } from 'pg';
import type { Level } from '../rules/level.ts';
import type { RunError, RunOrigin, RunRecord, RunRequest, RunStep, RunTest } from './run-record.ts';

export type RunRow = Omit<
  RunRecord,
  'state' | 'tests' | 'requests' | 'errors' | 'sourceProbe' | 'files' | keyof RunOrigin
> &
  RunOrigin & {
    /** `unknown`: of events by time and agent. */
    state: RunRecord['state'] | 'unknown';
    /** null: it ran here. */
    importedAt: Date | null;
  };

export type RunTestRow = Pick<
  RunTest,
  'test' | 'name' | 'file' | 'state' | 'error' | 'tries' | 'startedAt' | 'endedAt'
>;

export type RunStepRow = Pick<RunStep, 'step' | 'try' | 'name' | 'state'> & { test: number };

export type RunRequestRow = Omit<RunRequest, 'sentAt' | 'answeredAt' | 'closedAt'> & {
  /** Path and query as in its events. */
  requestUri: string;
};

export interface RunEventRow {
  auditId: string;
  stage: string | null;
  verb: string | null;
  code: number | null;
  endpoint: string | null;
  reason: string | null;
  ambiguous: string | null;
  isDryRun: boolean;
  isHit: boolean;
  /** Whether it is the final stage, which makes the request recorded. */
  decides: boolean;
}

/** An event with the Audit-ID of a request that does not belong to it. */
export interface OtherEventRow {
  auditId: string;
  source: string;
  verb: string | null;
  /** Up to 500 characters. */
  requestUri: string | null;
  code: number | null;
  /** The first field that differs. */
  misfit: 'path' | 'verb' | 'code' | 'source';
}

/** An endpoint of the baseline, or else of the cluster's own document. */
export interface EndpointRow {
  endpoint: string;
  /** null: in neither of them. */
  level: Level | null;
  kind: string | null;
  path: string | null;
  deprecated: boolean;
  inBaseline: boolean;
  e2e: boolean;
  conformance: boolean;
  eligible: boolean;
  /** Why it is not eligible; with a link if a list has it. */
  reason: string | null;
  link: string | null;
  /** Whether the coverage of the baseline cannot tell if tests hit it. */
  unknown: boolean;
}

export async function readRun(pool: Pool, id: string): Promise<RunRow | null> {
  const found = await pool.query<RunRow>(
    `select id, author, agent, sources, cluster_version as "clusterVersion", cluster_server as "clusterServer",
            started_at as "startedAt", ended_at as "endedAt", state, command, snoop_version as "snoopVersion",
            node_version as "nodeVersion", client_version as "clientVersion", git_commit as "gitCommit",
            git_dirty as "gitDirty", imported_at as "importedAt"
       from testing.run where id = $1`,
    [id],
  );
  return found.rows[0] ?? null;
}

export async function readTests(pool: Pool, run: string): Promise<RunTestRow[]> {
  const found = await pool.query<RunTestRow>(
    `select test, name, file, state, error, tries, started_at as "startedAt", ended_at as "endedAt"
       from testing.run_test where run = $1 order by test`,
    [run],
  );
  return found.rows;
}

export async function readSteps(pool: Pool, run: string): Promise<RunStepRow[]> {
  const found = await pool.query<RunStepRow>(
    'select test, step, try, name, state from testing.run_step where run = $1 order by test, step',
    [run],
  );
  return found.rows;
}

export async function readErrors(pool: Pool, run: string): Promise<RunError[]> {
  const found = await pool.query<RunError>(
    'select file, line, message from testing.run_error where run = $1 order by error',
    [run],
  );
  return found.rows;
}

/** Reads the requests in the order of sending. */
export async function readRequests(pool: Pool, run: string): Promise<RunRequestRow[]> {
  const found = await pool.query<RunRequestRow>(
    `select audit_id as "auditId", test, try, step, method, path, request_uri as "requestUri", status, outcome, error,
            is_dry_run as "isDryRun", unread_body as "unreadBody", client_agent as "clientAgent"
       from testing.run_request where run = $1 order by sent_at, audit_id`,
    [run],
  );
  return found.rows;
}

/** Reads the evidence of a run's requests, one row per stage: stored if the run is settled, else from the events. */
export async function readEvidence(pool: Pool, run: string): Promise<RunEventRow[]> {
  const found = await pool.query<RunEventRow>(
    `select audit_id as "auditId", stage, verb, code, endpoint, reason, ambiguous, is_dry_run as "isDryRun",
            is_hit as "isHit", decides
       from testing.read_run_evidence($1) order by seen_at, audit_id, stage`,
    [run],
  );
  return found.rows;
}

/** Reads events with the Audit-IDs of a run's requests that do not belong to them. */
export async function readOtherEvents(pool: Pool, run: string): Promise<OtherEventRow[]> {
  const found = await pool.query<OtherEventRow>(
    `select audit_id as "auditId", source, verb, request_uri as "requestUri", code, misfit
       from testing.read_other_events($1) order by audit_id, number`,
    [run],
  );
  return found.rows;
}
