import type { Pool } from 'pg';
import { withTransaction } from '../postgres/database.ts';
import { lockHitsExclusive, lockHitsShared } from '../postgres/locks.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { toStorableJson } from '../storable-text.ts';
import { formatRequestUri } from './request-uri.ts';
import type { RunBody, RunRecord } from './run-record.ts';

/**
 * Inserts or updates a run with its tests, steps, requests and errors, so that a growing journal can be saved repeatedly.
 * Settled runs do not change; runs removed by a reset are not saved again.
 * @returns false: the run was removed by a reset, and nothing was saved
 */
export async function saveRun(pool: Pool, run: RunRecord): Promise<boolean> {
  const { tests, requests: sent, errors, files = [], ...head } = run;
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
      `insert into testing.run_test (run, test, name, file, state, error, tries, namespace, owns_namespace, started_at, ended_at, output)
       select $1, test, name, file, state, error, tries, namespace, coalesce("ownsNamespace", false), "startedAt", "endedAt", output
         from jsonb_to_recordset($2::jsonb) as given (test integer, name text, file text, state text, error text, tries integer,
              namespace text, "ownsNamespace" boolean, "startedAt" timestamptz, "endedAt" timestamptz, output text)
       on conflict (run, test) do update set name = excluded.name, file = excluded.file, state = excluded.state,
         error = excluded.error, tries = excluded.tries, namespace = excluded.namespace,
         owns_namespace = excluded.owns_namespace, started_at = excluded.started_at, ended_at = excluded.ended_at,
         output = excluded.output`,
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
    await client.query(readQuerySql('save-run-files'), [run.id, toStorableJson(files)]);
    if (hasHead) await client.query('select testing.resolve_heads($1)', [run.id]);
    return true;
  });
}

/**
 * Adds bodies of a saved run's requests; those of unknown requests are left out. Call it before the run is settled.
 * @param bodies a few megabytes at most
 */
export async function saveRunBodies(pool: Pool, run: string, bodies: readonly RunBody[]): Promise<void> {
  await pool.query(readQuerySql('save-run-bodies'), [run, toStorableJson(bodies)]);
}
