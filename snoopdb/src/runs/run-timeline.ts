import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import type { RequestOutcome } from './run-record.ts';

/** An event that belongs to a request. */
export interface TimelineEvent {
  readonly stage: string;
  readonly source: string;
  readonly code: number | null;
  /** Whether it is the final stage, which makes the request recorded. */
  readonly decides: boolean;
  /** When it was stored, ISO 8601. */
  readonly seenAt: string;
}

/** A request of a run with its times and evidence. */
export interface TimelineRequest {
  readonly auditId: string;
  readonly test: number;
  readonly try: number;
  readonly step: number | null;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number | null;
  readonly outcome: RequestOutcome;
  readonly error: string | null;
  /** By the client's clock. */
  readonly sentAt: Date;
  readonly answeredAt: Date | null;
  readonly closedAt: Date | null;
  readonly endpoint: string | null;
  readonly events: readonly TimelineEvent[];
}

/** A file that a run's tests were loaded from. */
export interface RunSourceFile {
  readonly file: string;
  /** null: omitted. */
  readonly content: string | null;
  readonly omitted: string | null;
}

export interface RunTimeline {
  /** In the order of sending. */
  readonly requests: readonly TimelineRequest[];
  /** Whether there are more. */
  readonly more: boolean;
  readonly steps: readonly { readonly test: number; readonly step: number; readonly name: string }[];
  readonly files: readonly RunSourceFile[];
}

/**
 * Reads when the requests of a run were sent and answered, with their evidence, and the files of its tests.
 *
 * @param run the id of an existing run
 * @param limit the most requests
 */
export async function askRunTimeline(pool: Pool, run: string, limit: number): Promise<RunTimeline> {
  const [requests, steps, files] = await Promise.all([
    pool.query<TimelineRequest>(readQuerySql('run-timeline'), [run, limit + 1]),
    pool.query<RunTimeline['steps'][number]>(
      'select test, step, name from testing.run_step where run = $1 order by test, step',
      [run],
    ),
    pool.query<RunSourceFile>(
      `select file.file, source.content, file.omitted
         from testing.run_file as file left join testing.source_file as source on source.sha256 = file.sha256
        where file.run = $1 order by file.file collate "C"`,
      [run],
    ),
  ]);
  return {
    requests: requests.rows.slice(0, limit),
    more: requests.rows.length > limit,
    steps: steps.rows,
    files: files.rows,
  };
}
