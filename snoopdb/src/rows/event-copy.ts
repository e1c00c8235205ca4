import type { AuditEvent, EventOrigin } from '../events/audit-event.ts';
import { type CopyOptions, copyRows, isDataError } from '../postgres/copy-stream.ts';
import type { PoolClient } from '../postgres/database.ts';
import { copyEvents, encodeEventRows, type EventTable } from './event-row.ts';
import type { Rejected } from './rejected-events.ts';

/** Copies events into their table. */
export async function copy(
  client: PoolClient,
  events: Iterable<AuditEvent>,
  origin: EventOrigin,
  table: EventTable,
  options: CopyOptions = {},
): Promise<void> {
  const rest = events[Symbol.iterator]();
  const first = rest.next();
  if (first.done) return;
  const all = (function* () {
    yield first.value;
    yield* { [Symbol.iterator]: () => rest };
  })();
  await copyRows(client, copyEvents(table), encodeEventRows(all, origin, table), options);
}

/** Copies events within a transaction; those that PostgreSQL refuses are found by halving and returned. */
export async function copyWhatIsTaken(
  client: PoolClient,
  events: readonly AuditEvent[],
  origin: EventOrigin,
  table: EventTable,
  options: CopyOptions = {},
): Promise<Rejected[]> {
  if (events.length === 0) return [];
  await client.query('savepoint half');
  try {
    await copy(client, events, origin, table, options);
    await client.query('release savepoint half');
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint half; release savepoint half');
    const [only, ...others] = events;
    if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
    const middle = events.length >> 1;
    const first = await copyWhatIsTaken(client, events.slice(0, middle), origin, table, options);
    return [...first, ...(await copyWhatIsTaken(client, events.slice(middle), origin, table, options))];
  }
}
