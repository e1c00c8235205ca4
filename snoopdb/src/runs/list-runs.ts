import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import type { RunState } from './run-record.ts';

export interface ListedRun {
  id: string;
  startedAt: Date;
  endedAt: Date | null;
  /** Files of its tests, in the order of the tests. */
  files: string[];
  author: string | null;
  agent: string;
  state: RunState;
  tests: number;
  /** Tests with nothing but steps to be written. */
  outlined: number;
  /** Number of requests sent. */
  requests: number;
  /** Endpoints of its baseline that no e2e test hits and the run did; null: it is not settled yet. */
  newlyHit: number | null;
  /** null: it ran here. */
  importedAt: Date | null;
}

/** Lists runs, newest first. */
export async function listRuns(pool: Pool, limit: number): Promise<ListedRun[]> {
  return (await pool.query<ListedRun>(readQuerySql('list-runs'), [limit])).rows;
}
