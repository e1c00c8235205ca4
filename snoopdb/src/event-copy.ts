import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { AuditEvent } from './audit-event.ts';
import { copyEvents, encodeEventRows, type EventOrigin, type EventTable } from './event-row.ts';
import type { Rejected } from './rejected-events.ts';

/** Whether PostgreSQL refused the data itself (class 22) or its size or depth (class 54): no repeat will help. */
export function isDataError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(22|54)...$/.test(error.code);
}

/**
 * Copies events into their table.
 * @param signal breaks it off; the connection stays usable
 */
export async function copy(
  client: PoolClient,
  events: readonly AuditEvent[],
  origin: EventOrigin,
  table: EventTable,
  signal?: AbortSignal,
): Promise<void> {
  if (events.length === 0) return;
  // pipeline() waits for `finish`, which pg-copy-streams emits when the server has said that the COPY is complete.
  await pipeline(
    Readable.from(encodeEventRows(events, origin, table), { highWaterMark: 1 }),
    client.query(copyFrom(copyEvents(table))),
    signal ? { signal } : {},
  );
}

/** Copies events within a transaction; those that PostgreSQL refuses are found by halving and returned. */
export async function copyWhatIsTaken(
  client: PoolClient,
  events: readonly AuditEvent[],
  origin: EventOrigin,
  table: EventTable,
  signal?: AbortSignal,
): Promise<Rejected[]> {
  if (events.length === 0) return [];
  await client.query('savepoint half');
  try {
    await copy(client, events, origin, table, signal);
    await client.query('release savepoint half');
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint half; release savepoint half');
    const [only, ...others] = events;
    if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
    const middle = events.length >> 1;
    const first = await copyWhatIsTaken(client, events.slice(0, middle), origin, table, signal);
    return [...first, ...(await copyWhatIsTaken(client, events.slice(middle), origin, table, signal))];
  }
}
