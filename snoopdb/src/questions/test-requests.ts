import type { Pool } from 'pg';
import { isSystemError, SnoopDbError } from '../errors.ts';
import { withTransaction } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';

/** A request of an e2e test, from all its events. */
export interface TestRequest {
  readonly auditId: string;
  readonly source: string;
  /** Whether it is from live events; false: from loaded ones. */
  readonly live: boolean;
  readonly verb: string | null;
  /** Path and query, up to 2,000 characters. */
  readonly uri: string | null;
  readonly code: number | null;
  readonly endpoint: string | null;
  readonly isHit: boolean;
  /** By the API server's clock; null: unknown. */
  readonly sentAt: Date | null;
  readonly endedAt: Date | null;
}

export interface TestRequestsAnswer {
  /** In the order of sending. */
  readonly requests: readonly TestRequest[];
  /** Whether there are more. */
  readonly more: boolean;
}

/** Events have no index by test, so reading those of a whole CI run may take long. */
const timeoutMs = 20_000;

/**
 * Reads the requests of an e2e test, from loaded events of a release and live events of any patch version of it.
 *
 * @param limit the most requests
 * @throws SnoopDbError `stalled` if reading takes too long
 */
export async function askTestRequests(
  pool: Pool,
  { release, test }: { readonly release: string; readonly test: string },
  limit: number,
): Promise<TestRequestsAnswer> {
  const rows = await withTransaction(pool, async (client) => {
    await client.query(`select set_config('statement_timeout', $1, true)`, [`${timeoutMs}ms`]);
    const found = await client.query<TestRequest>(readQuerySql('test-requests'), [release, test, limit + 1]);
    return found.rows;
  }).catch((cause: unknown) => {
    if (!isSystemError(cause, '57014')) throw cause;
    const message = `SnoopDB has so many events that finding those of one test takes more than ${timeoutMs / 1000} s.`;
    throw new SnoopDbError('stalled', message, { cause });
  });
  return { requests: rows.slice(0, limit), more: rows.length > limit };
}
