import type { AuditEvent } from '../events/audit-event.ts';
import { copyInto, withCopyInto } from '../postgres/binary-copy.ts';
import { type CopyOptions, isDataError } from '../postgres/copy-stream.ts';
import type { PoolClient } from '../postgres/database.ts';
import type { EventTables } from './event-tables.ts';
import type { RejectedEvent } from './rejected-event.ts';

/** What became of a batch of events. */
export interface WrittenEvents {
  stored: readonly AuditEvent[];
  rejected: readonly RejectedEvent[];
}

export interface WriteOptions extends CopyOptions {
  /**
   * Whether events that PostgreSQL refuses are to be found and rejected, which takes a transaction; else the first of
   * them is an error, see {@link isDataError}.
   */
  takeApart: boolean;
}

/** Writes a batch: events into their table, those that cannot be stored there into that of rejected events. */
export async function writeEvents(
  client: PoolClient,
  events: readonly AuditEvent[],
  tables: EventTables,
  options: WriteOptions,
): Promise<WrittenEvents> {
  const written = await withEventTable(client, tables, (write) => write(events), options);
  await copyInto(client, tables.rejected, written.rejected, options);
  return written;
}

/**
 * Writes one batch after the other into the table of events, for as long as `work` takes. Nothing else can be done on the
 * connection meanwhile, so the rejected events are left to the caller.
 * @param work when it fails, the transaction is lost
 */
export function withEventTable<T>(
  client: PoolClient,
  { events: table }: EventTables,
  work: (write: (events: readonly AuditEvent[]) => Promise<WrittenEvents>) => Promise<T>,
  { takeApart, ...options }: WriteOptions,
): Promise<T> {
  if (takeApart) {
    return work(async (events) => {
      const { sound, flawed } = separate(events);
      const refused = await copyWhatIsTaken(sound);
      const gone = new Set(refused.map(({ event }) => event));
      return { stored: sound.filter((event) => !gone.has(event)), rejected: [...flawed, ...refused] };
    });
  }
  return withCopyInto(
    client,
    table,
    (send) =>
      work(async (events) => {
        const { sound, flawed } = separate(events);
        await send(sound);
        return { stored: sound, rejected: flawed };
      }),
    options,
  );

  /** Those that PostgreSQL refuses are found by halving and returned. */
  async function copyWhatIsTaken(events: readonly AuditEvent[]): Promise<RejectedEvent[]> {
    if (events.length === 0) return [];
    await client.query('savepoint half');
    try {
      await copyInto(client, table, events, options);
      await client.query('release savepoint half');
      return [];
    } catch (error) {
      if (!isDataError(error)) throw error;
      await client.query('rollback to savepoint half; release savepoint half');
      const [only, ...others] = events;
      if (only && others.length === 0) return [{ event: only, reason: error.message, sqlstate: error.code }];
      const middle = events.length >> 1;
      const first = await copyWhatIsTaken(events.slice(0, middle));
      return [...first, ...(await copyWhatIsTaken(events.slice(middle)))];
    }
  }
}

/** Events whose bytes say already that PostgreSQL refuses them are not offered to it. */
function separate(events: readonly AuditEvent[]): { sound: readonly AuditEvent[]; flawed: RejectedEvent[] } {
  const flawed = events.flatMap((event) => (event.slice.flaw ? [{ event, ...event.slice.flaw }] : []));
  return { sound: flawed.length === 0 ? events : events.filter(({ slice }) => slice.flaw === null), flawed };
}
