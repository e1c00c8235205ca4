import type { AuditEvent } from '../events/audit-event.ts';
import { copyInto } from '../postgres/binary-copy.ts';
import { type CopyOptions, isDataError } from '../postgres/copy-stream.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { EventTables } from './event-tables.ts';
import type { RejectedEvent } from './rejected-event.ts';

/** What became of events. */
export interface WrittenEvents {
  stored: readonly AuditEvent[];
  rejected: readonly RejectedEvent[];
}

export interface WriteEventsOptions extends CopyOptions {
  /**
   * Whether events that PostgreSQL refuses are to be found and rejected, which takes a transaction; else the first of
   * them is an error, see {@link isDataError}.
   */
  takeApart: boolean;
}

/** Writes events into their table, and those that cannot be stored there into that of rejected events. */
export async function writeEvents(
  client: PoolClient,
  events: readonly AuditEvent[],
  tables: EventTables,
  { takeApart, ...options }: WriteEventsOptions,
): Promise<WrittenEvents> {
  const flawed = events.flatMap((event) => (event.slice.flaw ? [{ event, ...event.slice.flaw }] : []));
  const sound = flawed.length === 0 ? events : events.filter(({ slice }) => slice.flaw === null);
  const refused = takeApart ? await copyWhatIsTaken(client, sound, tables, options) : [];
  if (!takeApart) await copyInto(client, tables.events, sound, options);
  const rejected = [...flawed, ...refused];
  await copyInto(client, tables.rejected, rejected, options);
  if (refused.length === 0) return { stored: sound, rejected };
  const gone = new Set(refused.map(({ event }) => event));
  return { stored: sound.filter((event) => !gone.has(event)), rejected };
}

/** Copies events within a transaction; those that PostgreSQL refuses are found by halving and returned. */
async function copyWhatIsTaken(
  client: PoolClient,
  events: readonly AuditEvent[],
  tables: EventTables,
  options: CopyOptions,
): Promise<RejectedEvent[]> {
  if (events.length === 0) return [];
  await client.query('savepoint half');
  try {
    await copyInto(client, tables.events, events, options);
    await client.query('release savepoint half');
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint half; release savepoint half');
    const [only, ...others] = events;
    if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
    const middle = events.length >> 1;
    const first = await copyWhatIsTaken(client, events.slice(0, middle), tables, options);
    return [...first, ...(await copyWhatIsTaken(client, events.slice(middle), tables, options))];
  }
}
