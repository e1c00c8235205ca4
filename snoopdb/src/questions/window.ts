import { Readable } from 'node:stream';
import pg, { type Pool, type PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withClient, withTransaction } from '../postgres/database.ts';
import { readQuerySql } from '../postgres/query-file.ts';

/** The events of a cluster between two moments on the clock of its API server. */
export interface SourceWindow {
  readonly source: string;
  /** `stageTimestamp` of the last event before the window, such as `2026-11-30T23:40:00.123456Z`. */
  readonly after: string;
  /** `stageTimestamp` of its last event. */
  readonly until: string;
}

/** A window for each API server, and where to look for their events. */
export interface Windows {
  /** From `readEventPosition`, before the windows began. */
  readonly position: string;
  readonly windows: readonly SourceWindow[];
}

/** An event of a request that was sent to mark a moment. */
export interface MarkEvent {
  readonly source: string;
  readonly auditId: string;
  readonly requestUri: string;
  /** null: it has none. */
  readonly stagedAt: string | null;
}

/** Finds the events of marking requests. Paths that nobody else knows prove whose events they are. */
export async function askMarks(
  pool: Pool,
  position: string,
  marks: readonly { readonly auditId: string; readonly requestUri: string }[],
): Promise<MarkEvent[]> {
  const { rows } = await pool.query<MarkEvent>(readQuerySql('window-marks'), [
    position,
    marks.map(({ auditId }) => auditId),
    marks.map(({ requestUri }) => requestUri),
  ]);
  return rows;
}

/** Counts the stored events of each window, in their order. */
export async function countWindowEvents(pool: Pool, windows: Windows): Promise<number[]> {
  const { rows } = await pool.query<{ source: string; events: number }>(
    readQuerySql('window-count'),
    listValues(windows),
  );
  return windows.windows.map(({ source }) => rows.find((row) => row.source === source)?.events ?? 0);
}

/** Requests of one agent, test and endpoint that ended the same way. */
export interface WindowHits {
  readonly agent: string;
  /** The test that the agent names; null: none. */
  readonly test: string | null;
  /** Whether the agent is an e2e test. */
  readonly isTest: boolean;
  readonly endpoint: string;
  readonly isHit: boolean;
  /** Of a request without success: its status code, `dry run` or `no answer`. */
  readonly code: string | null;
  readonly requests: number;
}

/** Rows in memory at once. */
const pageRows = 5_000;

/** Reads the requests of windows, sorted, and calls `add` for each row; memory does not grow with their number. */
export async function readWindowHits(
  pool: Pool,
  windows: Windows,
  add: (hits: WindowHits) => void,
  signal?: AbortSignal,
): Promise<void> {
  const read = async (client: PoolClient): Promise<void> => {
    await client.query(`declare hits no scroll cursor for ${readQuerySql('window-hits')}`, listValues(windows));
    for (;;) {
      signal?.throwIfAborted();
      const { rows } = await client.query<WindowHits>(`fetch ${pageRows} from hits`);
      for (const row of rows) add(row);
      if (rows.length < pageRows) return;
    }
  };
  await withTransaction(pool, read, { ...(signal !== undefined && { signal }) });
}

/**
 * Streams the events of windows as JSON lines, in the order of their arrival.
 *
 * @throws what `work` throws; the reason of `signal`
 */
export async function readWindowEvents<T>(
  pool: Pool,
  { position, windows }: Windows,
  work: (lines: Readable) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  // The connection cannot be used again before COPY has sent everything, so an error closes it.
  const failed = new AbortController();
  const read = async (client: PoolClient): Promise<T> => {
    const values = listValues({ position, windows }).map(quoteValue);
    // COPY takes no parameters.
    const select = readQuerySql('window-events')
      .replace(/^--.*$/gm, '')
      .replace(/\$(\d)/g, (_whole, number: string) => values[Number(number) - 1] ?? '');
    // JSON has no control characters, so CSV with these marks quotes and escapes nothing.
    const stream = client.query(copyTo(`copy (${select}) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`));
    const lines = Readable.from(stream, { objectMode: false });
    try {
      return await work(lines);
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      lines.destroy();
    }
  };
  return withClient(pool, read, signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]));
}

function listValues({ position, windows }: Windows): [string, string[], string[], string[]] {
  return [
    position,
    windows.map(({ source }) => source),
    windows.map(({ after }) => after),
    windows.map(({ until }) => until),
  ];
}

function quoteValue(value: string | readonly string[]): string {
  if (typeof value === 'string') return pg.escapeLiteral(value);
  return `array[${value.map((one) => pg.escapeLiteral(one)).join(', ')}]::text[]`;
}

/** Counts the events of sources that were rejected after a time of the database's clock. */
export async function countRejectedSince(pool: Pool, sources: readonly string[], since: Date): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::integer as count from testing.held_rejection where source = any ($1) and rejected_at >= $2',
    [sources, since],
  );
  return rows[0]?.count ?? 0;
}
